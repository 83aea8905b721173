/** Lists sections, each with its children below it. */
import type { Child } from "hono/jsx"
import type { SectionEntry } from "../articles/taxonomy/directory.ts"

interface TreeProps {
  /** Parents are before their children. */
  sections: SectionEntry[]
  parent?: SectionEntry
  /** What is shown of a section. */
  children: (section: SectionEntry) => Child
}

export function SectionTree({ sections, parent, children: show }: TreeProps) {
  const roots = sections.filter((each) => !sections.some(({ id }) => id === each.parent))
  const shown = parent === undefined ? roots : sections.filter((each) => each.parent === parent.id)
  if (shown.length === 0) return null
  return (
    <ul>
      {shown.map((section) => (
        <li>
          {show(section)}
          <SectionTree sections={sections} parent={section}>
            {show}
          </SectionTree>
        </li>
      ))}
    </ul>
  )
}
