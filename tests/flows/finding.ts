/** Shared by the flows of lists and pages: sections, three publishers, and a page as a browser parses it. */
import { type DefaultTreeAdapterMap, parse } from "parse5"
import { beforeAll, expect } from "vitest"
import { type Answer, article, makeWire, push } from "./world.ts"
export const { nahar, paper, headlines } = await makeWire({
  sections: {
    world: {
      names: { en: "World", ar: "العالم" },
      descriptions: { en: "From everywhere", ar: "من كل مكان" },
    },
    europe: { names: { en: "Europe" }, parent: "world" },
    gulf: { names: { en: "Gulf", ar: "الخليج" }, parent: "europe" },
    sport: { names: { en: "Sport & <Games>" } },
  },
  publishers: {
    nahar: { name: "وكالة نهار", language: "ar", default_section: "world" },
    paper: { name: "The Paper", language: "en-GB", default_section: "world" },
    headlines: { name: "Headlines", redistribution: "none", default_section: "sport" },
  },
})

export const HOUR = 3_600_000

export const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString()
export type Element = DefaultTreeAdapterMap["element"]

export type TreeNode = DefaultTreeAdapterMap["node"]

export const isElement = (node: TreeNode): node is Element => "tagName" in node

export const attr = (node: Element | undefined, name: string) => node?.attrs.find((each) => each.name === name)?.value

/** Parses an HTML page. @throws Error for anything that a parser has to correct */
export function readPage({ text }: Pick<Answer, "text">): Element {
  const errors: string[] = []
  const document = parse(text, { onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`) })
  expect(errors).toEqual([])
  const root = document.childNodes.find(isElement)
  if (!root) throw new Error("no page")
  return root
}

export function elements(root: TreeNode, test: (element: Element) => boolean = () => true): Element[] {
  if (!("childNodes" in root)) return []
  return root.childNodes.flatMap((node) =>
    isElement(node) ? [...(test(node) ? [node] : []), ...elements(node, test)] : [],
  )
}

export const byTag = (root: TreeNode, ...names: string[]) => elements(root, ({ tagName }) => names.includes(tagName))

export const textOf = (root: TreeNode): string =>
  "value" in root ? root.value : "childNodes" in root ? root.childNodes.map(textOf).join("") : ""

/** The scripts that run on a page: data for search engines do not. */
export const scriptsOf = (page: TreeNode) =>
  byTag(page, "script")
    .filter((script) => attr(script, "type") !== "application/ld+json")
    .map((script) => [attr(script, "src"), textOf(script)])

export const PAGES = [
  "/",
  "/sections/world",
  "/sections/gulf",
  "/publishers/nahar",
  "/publishers/paper",
  "/languages/ar",
  "/sections/world?lang=ar",
  "/tags/Harbour",
  "/authors/%D8%B3%D9%84%D9%85%D9%89",
  "/authors/%D8%B3%D9%84%D9%85%D9%89?lang=ar",
]

/** The pages whose articles are in more than one list, so that a date does not identify their state. */
export const UNDATED = ["/", "/languages/ar", ...PAGES.filter((path) => path.includes("?"))]

export function prepareWire(): void {
  beforeAll(async () => {
    await push(nahar, [
      article({
        id: "n1",
        url: "https://nahar.example/n1",
        title: "BBC تبث من بيروت",
        summary: "خلاصة الخبر",
        content_html: "<p>نص الخبر من بيروت</p>",
        language: "ar",
        date_published: ago(3),
        tags: ["Harbour"],
        authors: [{ name: "رامي", url: "https://nahar.example/rami" }, { name: "سلمى" }],
        image: "https://images.nahar.example/1.jpg",
        _feedwire: {
          sections: ["gulf", "world"],
          subtitle: "عنوان فرعي",
          dateline: "بيروت",
          image: { caption: "المرفأ", credit: "Nahar", alt: "مرفأ", width: 1200, height: 800 },
          attribution: { name: "Agency", url: "https://agency.example/n1" },
          related: [{ url: "https://nahar.example/n0", title: "قبل ذلك" }],
          correction: { note: "صُحح الاسم" },
        },
      }),
    ])
    const old = Array.from({ length: 40 }, (_, no) => article({ id: `old-${no}`, date_published: ago(100 + no) }))
    await push(paper, [
      article({
        id: "p1",
        url: "https://paper.example/p1",
        title: "5 < 6 & <script>alert(1)</script>",
        summary: '<img src="x"> & "quotes"',
        language: "en-GB",
        date_published: ago(2),
        _feedwire: { sections: ["sport"] },
      }),
      article({ id: "p2", url: "https://paper.example/p1", title: "The same address", date_published: ago(4) }),
      article({ id: "p3", url: undefined, title: "Nowhere else", date_published: ago(5) }),
      article({ id: "p4", url: "https://paper.example/p4", title: undefined, date_published: ago(6) }),
      ...old,
    ])
    await push(headlines, [
      article({
        id: "h1",
        url: "https://headlines.example/h1",
        title: "Headline",
        summary: "Closed",
        date_published: ago(7),
      }),
    ])
  })
}
