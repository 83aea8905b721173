/** Makes the page of all feeds: a form that builds a feed, its address with its first entries, and the catalogue. */
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"
import { type FeedAddress, feedPath, homePath, subscriptionTo } from "../feeds/address.ts"
import { LINK_TYPES, otherFormats } from "../formats/content.ts"
import type { Feed } from "../formats/feed.ts"
import type { Problem } from "../http/problem.ts"
import { directionOf, languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { PublisherName, Time } from "./article.tsx"
import { choicePath, type FeedChoice, type FormField, withInterface } from "./builder-address.ts"
import { BuilderForm } from "./builder-form.tsx"
import { CopyButton } from "./copy-button.tsx"
import { FeedCatalogue } from "./feed-catalogue.tsx"
import { Headline } from "./headline.tsx"
import { chosenLanguage } from "./interface-language.ts"
import { Layout, type PageContext } from "./layout.tsx"
import { Translation } from "./links.tsx"
import { FORMAT_NAMES } from "./subscribe.tsx"
import { translate } from "./translations.ts"

export interface BuilderPage {
  /** What the form shows. */
  fields: Record<FormField, string[]>
  /** Absent if the choice has an error. */
  choice?: FeedChoice
  feed?: Feed
  problem?: Problem
  /** The language of the page's own words that the reader chose, if the choice has an error. */
  interfaceTag?: string
  directory: Directory
  settings: Settings
}

/** How many entries of the feed are shown. */
const PREVIEWED = 5

export function renderBuilderPage(props: BuilderPage): string {
  return `<!doctype html>\n${(<BuilderPageView {...props} />).toString()}\n`
}

function BuilderPageView(props: BuilderPage) {
  const { fields, feed, problem, directory, settings } = props
  const { choice = WITHOUT_CHOICE, interfaceTag = choice.interfaceTag } = props
  const chosen = chosenLanguage(interfaceTag, fields.lang)
  const language = chosen ?? settings.language
  const pathIn = (tag?: string) => pathOf(withInterface(choice, tag, settings.language))
  const selection = { ...EVERYTHING, lang: chosen === undefined ? [] : [chosen] }
  const context: PageContext = { selection, language, directory, settings, pathIn }
  const path = pathIn()
  const isCatalogue = problem === undefined && path === "/feeds"
  const head = {
    title: `${translate("allFeeds", language).text} — ${wireTitle(directory, settings)}`,
    ...(problem === undefined && { canonical: settings.feedsUrl + path }),
    ...(feed && { feed: { title: feed.title, urls: feed.subscription } }),
    isHidden: !isCatalogue,
  }
  return (
    <Layout head={head} context={context}>
      <h1>
        <Translation phrase="allFeeds" language={language} />
      </h1>
      <p>
        <Translation phrase="builderHelp" language={language} />
      </p>
      <div class="builder">
        <BuilderForm fields={fields} problem={problem} context={context} />
        {feed && <Result choice={choice} feed={feed} context={context} />}
      </div>
      {isCatalogue && <FeedCatalogue {...context} />}
    </Layout>
  )
}

const WITHOUT_CHOICE: FeedChoice = { address: { ...subscriptionTo({}), format: "rss" } }

const pathOf = (choice: FeedChoice): string => choicePath("/feeds", choice)

/** The id is where the form and the masthead lead. */
function Result({ choice, feed, context }: { choice: FeedChoice; feed: Feed; context: PageContext }) {
  const { language, settings } = context
  const { address, words } = choice
  const { format } = address
  const url = settings.feedsUrl + feedPath(address)
  const home = homePath({ ...address, ...(words !== undefined && { query: words }) })
  return (
    <section class="result" id="subscribe" aria-labelledby="your-feed-title">
      <h2 id="your-feed-title">
        <Translation phrase="yourFeed" language={language} />
      </h2>
      <p class="feed-title">
        <bdi lang={feed.language} dir={directionOf(feed.language, feed.title)}>
          {singleLine(feed.title)}
        </bdi>
      </p>
      <p>
        <code dir="ltr">{url}</code> <CopyButton text={url} language={language} />
      </p>
      <ul class="choices">
        <li>
          <FormatLink href={url} format={format} />
        </li>
        {otherFormats(format).map((other) => (
          <li>
            <FormatLink href={settings.feedsUrl + feedPath({ ...address, format: other })} format={other} />
          </li>
        ))}
        <li>
          <a href={choicePath("/feeds/choice.opml", withInterface(choice, undefined, settings.language))}>
            <Translation phrase="choiceOpml" language={language} />
          </a>
        </li>
        {home !== "/" && (
          <li>
            <a href={home}>
              <Translation phrase="readHere" language={language} />
            </a>
          </li>
        )}
      </ul>
      <h3>
        <Translation phrase="preview" language={language} />
      </h3>
      {feed.entries.length === 0 && (
        <p>
          <Translation phrase="noArticles" language={language} />
        </p>
      )}
      <ol class="list preview">
        {feed.entries.slice(0, PREVIEWED).map((entry) => {
          const own = { ...context, language: languageTag(entry.language) || language }
          return (
            <li lang={own.language} dir={entry.direction}>
              <Headline entry={entry} />
              <p class="meta">
                <PublisherName entry={entry} context={own} /> · <Time at={entry.publishedAt} language={own.language} />
              </p>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

const FormatLink = ({ href, format }: { href: string; format: FeedAddress["format"] }) => (
  <a href={href} type={LINK_TYPES[format]}>
    <bdi lang="en" dir="ltr">
      {FORMAT_NAMES[format]}
    </bdi>
  </a>
)
