/** The page of the sections: their tree, their names, and the names that publishers send. */
import { Hono } from "hono"
import { addAliases } from "../operations/aliases.ts"
import { validInput } from "../operations/input.ts"
import { AddAliases, CreateSection } from "../operations/input-schemas.ts"
import { hasRights } from "../operations/roles.ts"
import { createSection, listSections } from "../operations/sections.ts"
import type { ConsoleEnv } from "./env.ts"
import { answerPage, Choice, Code, Field, Form, Table } from "./layout.tsx"
import { operationContext, readFields, redirectDone } from "./operation-context.ts"

export const sections = new Hono<ConsoleEnv>()
  .get("/sections", async (c) => {
    const { words } = c.var
    const list = await listSections(operationContext(c))
    const isEditor = hasRights(c.var.session.actor.role, "editor")
    const rows = list.map((section) => [
      <a href={`/sections/${section.slug}`}>
        <Code text={section.slug} />
      </a>,
      Object.entries(section.names).map(([tag, name]) => (
        <div lang={tag} dir="auto">
          {name} <small>{tag}</small>
        </div>
      )),
      <Code text={section.parent} />,
      section.aliases.map(({ name, publisher }) => (
        <div>
          <bdi>{name}</bdi> {publisher !== null && <small>{publisher}</small>}
        </div>
      )),
      isEditor && (
        <Form c={c} action={`/sections/${section.slug}/aliases`} button={words.addAlias} isSmall>
          <input name="name" required aria-label={`${words.addAlias}: ${section.slug}`} dir="auto" />
        </Form>
      ),
    ])
    const heads = [words.slug, words.name, words.parent, words.alsoKnownAs, ""]
    const parents: [string, string][] = [["", words.none], ...list.map(({ slug }): [string, string] => [slug, slug])]
    return answerPage(
      c,
      words.sections,
      <>
        <Table heads={heads} rows={rows} empty={words.noSections} />
        {isEditor && (
          <>
            <h2>{words.newSection}</h2>
            <Form c={c} action="/sections" button={words.create}>
              <Field title={words.slug} name="slug" isRequired isLatin />
              <Field title={words.nameArabic} name="ar" />
              <Field title={words.nameEnglish} name="en" />
              <Choice title={words.parent} name="parent" options={parents} />
            </Form>
          </>
        )}
      </>,
    )
  })
  .post("/sections", async (c) => {
    const { slug, parent, ...names } = await readFields(c)
    await createSection(operationContext(c), validInput(CreateSection, { slug, names, ...(parent && { parent }) }))
    return redirectDone(c, "/sections")
  })
  .post("/sections/:slug/aliases", async (c) => {
    const { name } = await readFields(c)
    await addAliases(operationContext(c), c.req.param("slug"), validInput(AddAliases, { names: name ? [name] : [] }))
    return redirectDone(c, "/sections")
  })
