/** Makes the page of an error for people, and the page that explains an error code. */
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import { cachedDirectory, type Directory } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import { pagePath } from "../feeds/address.ts"
import { PROBLEMS, type Problem, type ProblemCode } from "../http/problem.ts"
import { languageTag } from "../text/language.ts"
import { nearMatches } from "../text/near-matches.ts"
import { type CatalogueEntry, type LocalizedName, nameIn, selectionOf } from "./catalogue.ts"
import { knownInterface } from "./interface-language.ts"
import { Layout, type PageContext } from "./layout.tsx"
import { BidiName, Translation } from "./links.tsx"
import { type Phrase, translate } from "./translations.ts"

/** Paths of programs, whose errors are never pages. */
const PROGRAM_PATH = /^\/(?:v1|push|admin|healthz)(?:\/|$)|\.(?:rss|atom|json|md|opml|xml|txt)\/*$/i

/** Whether people open the path in a browser. */
export const isPathOfPeople = (path: string): boolean => !PROGRAM_PATH.test(path.replace(/%2e/gi, "."))

const NO_NAMES: Directory = {
  ...{ epoch: "", revision: 0, taxonomyVersion: 0, authority: null, authorityYear: null },
  ...{ sections: [], publishers: [], redirects: {}, gone: [], blocks: [], appearance: {} },
}

/** An error must cost nothing, so its page has the names that this isolate read last, or no names. */
function contextOf(url: URL, settings: Settings): PageContext {
  const [, ofPath] = /^\/languages\/([\w-]{1,35})(?:\/|$)/.exec(url.pathname) ?? []
  const lang = knownInterface(url) ?? languageTag(url.searchParams.get("lang") ?? ofPath).toLowerCase()
  return {
    selection: lang === "" ? EVERYTHING : { ...EVERYTHING, lang: [lang] },
    language: lang || settings.language,
    directory: cachedDirectory() ?? NO_NAMES,
    settings,
    isOtherPage: true,
  }
}

type ErrorKind = "invalid" | "notFound" | "gone" | "tooMany" | "failed"

const KINDS: ReadonlyMap<number, ErrorKind> = new Map([
  [404, "notFound"],
  [410, "gone"],
  [429, "tooMany"],
])

function kindOf(status: number): ErrorKind {
  return KINDS.get(status) ?? (status < 500 ? "invalid" : "failed")
}

/** The reason is written for programmers, in English, so it is folded. */
export function renderErrorPage(problem: Problem, url: URL, settings: Settings, requestId: string): string {
  const context = contextOf(url, settings)
  const { language } = context
  const [status] = PROBLEMS[problem.code]
  const kind = kindOf(status)
  const meant = meantLinks(kind, url, context)
  return pageOf(
    context,
    kind,
    <>
      <h1>
        <Translation phrase={kind} language={language} />
      </h1>
      <p>
        <Translation phrase={`${kind}Help`} language={language} />
      </p>
      {meant.length > 0 && (
        <>
          <p>
            <Translation phrase="didYouMean" language={language} />
          </p>
          <ul class="choices">
            {meant.map(({ path, name }) => (
              <li>
                <a href={path}>
                  <BidiName name={name} />
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      <p>
        <a class="button" href={pagePath(context.selection)}>
          <Translation phrase="home" language={language} />
        </a>
      </p>
      <details class="meta">
        <summary>
          <Translation phrase="details" language={language} />
        </summary>
        <p lang="en" dir="ltr">
          {problem.message} <a href={`/problems/${problem.code}`}>{problem.code}</a>
        </p>
        <p class="meta">
          <Translation phrase="requestId" language={language} />{" "}
          <bdi lang="en" dir="ltr">
            {requestId}
          </bdi>
        </p>
      </details>
    </>,
  )
}

/** The remedy is for programmers, so it is in English. */
export function renderProblemPage(code: ProblemCode, url: URL, settings: Settings): string {
  const context = contextOf(url, settings)
  const [status, title, remedy] = PROBLEMS[code]
  return pageOf(
    context,
    "whatToDo",
    <>
      <h1 lang="en" dir="ltr">
        {title}
      </h1>
      <h2>
        <Translation phrase="whatToDo" language={context.language} />
      </h2>
      <p lang="en" dir="ltr">
        {remedy}
      </p>
      <p class="meta" lang="en" dir="ltr">
        {code} · {status} · <a href="/docs">/docs</a>
      </p>
    </>,
  )
}

function pageOf(context: PageContext, title: Phrase, content: unknown): string {
  const head = {
    title: `${translate(title, context.language).text} — ${wireTitle(context.directory, context.settings)}`,
    isHidden: true,
  }
  const page = (
    <Layout head={head} context={context}>
      <div class="error">{content}</div>
    </Layout>
  )
  return `<!doctype html>\n${page.toString()}\n`
}

/** A link to the page without its parameters, or to pages with a similar name. */
function meantLinks(kind: ErrorKind, url: URL, context: PageContext): { path: string; name: LocalizedName }[] {
  const { pathname, search } = url
  const linkTo = (path: string) => ({ path, name: { text: path, language: "en" } })
  if (kind === "invalid" && search !== "") return [linkTo(pathname)]
  if (kind !== "notFound") return []
  const [last = ""] = pathname.split("/").filter(Boolean).slice(-1)
  if (pathname.startsWith("/problems/"))
    return nearMatches(last, Object.keys(PROBLEMS)).map((code) => linkTo(`/problems/${code}`))
  const { directory, selection, language, settings } = context
  const entries: ({ slug: string } & CatalogueEntry)[] = [
    ...directory.sections.map((section) => ({ slug: section.slug, kind: "section" as const, section })),
    ...directory.publishers.map((publisher) => ({ slug: publisher.slug, kind: "publisher" as const, publisher })),
  ]
  const slugs = nearMatches(last, new Set(entries.map(({ slug }) => slug)))
  return slugs
    .flatMap((near) => entries.filter(({ slug }) => slug === near))
    .map((entry) => ({
      path: pagePath({ ...selectionOf(entry), lang: selection.lang }),
      name: nameIn(entry, language, settings),
    }))
}
