/** Shows the headlines beside an article: related, latest, sections and most read. */
import type { Child } from "hono/jsx"
import { visibleImage } from "../articles/model/article.ts"
import { articlePagePath } from "../articles/model/page-path.ts"
import type { StoredArticle } from "../articles/read/read-selection.ts"
import { EVERYTHING } from "../articles/read/selection-terms.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { pagePath } from "../feeds/address.ts"
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { Time } from "./article.tsx"
import type { ArticlePageProps } from "./article-page.tsx"
import { withOwnLead } from "./block-leads.ts"
import { linkLanguages, nameIn } from "./catalogue.ts"
import { BidiName, Translation } from "./links.tsx"
import { secureUrl } from "./secure-media.ts"

type BlockProps = ArticlePageProps & { language: string }

export function RelatedBlock(props: BlockProps) {
  const { content, language } = props
  const items = content.related.flatMap(({ article, link }) => {
    if (article && isVisible(article, props.directory))
      return [<Headline {...props} article={article} isDated hasPicture />]
    const url = singleLine(link?.url)
    return url === "" ? [] : [<ExternalLink url={url} title={singleLine(link?.title) || url} />]
  })
  return <Block name="related" title={<Translation phrase="related" language={language} />} items={items} />
}

export function ArticleBlocks(props: BlockProps) {
  const { content, directory, settings, language } = props
  const leads = new Set<string>()
  const headlines = (articles: StoredArticle[], options: Partial<HeadlineOptions> = {}): Child[] =>
    articles
      .filter((article) => isVisible(article, directory))
      .map((article, at) => (
        <Headline
          {...props}
          article={article}
          isDated={options.isDated ?? false}
          hasPicture={at === 0 && (options.hasPicture ?? false)}
        />
      ))
  return (
    <>
      <div class="latest">
        <Block
          name="latest"
          title={<Translation phrase="latest" language={language} />}
          items={headlines(content.latest, { isDated: true })}
        />
      </div>
      <div class="section-blocks">
        {content.sections.map(({ id, articles }) => {
          const section = sectionById(directory, id)
          if (!section) return null
          const title = (
            <a href={pagePath({ ...EVERYTHING, section: [section.slug], lang: linkLanguages(language, settings) })}>
              <BidiName name={nameIn({ kind: "section", section }, language, settings)} />
            </a>
          )
          return (
            <Block
              name={`section-${section.slug}`}
              title={title}
              items={headlines(withOwnLead(articles, leads), { hasPicture: true })}
            />
          )
        })}
      </div>
      <div class="most-read">
        <Block
          name="mostRead"
          title={<Translation phrase="mostRead" language={language} />}
          items={headlines(content.mostRead)}
          isRanked
        />
      </div>
    </>
  )
}

/** Whether an article has a headline, and its publisher still exists. */
const isVisible = (article: StoredArticle, directory: Directory): boolean =>
  singleLine(article.title ?? undefined) !== "" && publisherByUid(directory, article.publisherUid) !== undefined

function Block(props: { name: string; title: Child; items: Child[]; isRanked?: boolean }) {
  const { name, title, items, isRanked = false } = props
  if (items.length === 0) return null
  return (
    <section class={`beside ${name}`} aria-labelledby={`block-${name}`}>
      <h2 id={`block-${name}`}>{title}</h2>
      {isRanked ? <ol class="list">{items}</ol> : <ul class="list">{items}</ul>}
    </section>
  )
}

interface HeadlineOptions {
  isDated: boolean
  /** In a section, only the first headline has a picture. */
  hasPicture: boolean
}

function Headline(props: BlockProps & HeadlineOptions & { article: StoredArticle }) {
  const { article, directory, settings, language, isDated, hasPicture } = props
  const publisher = publisherByUid(directory, article.publisherUid)
  const image = hasPicture && publisher ? visibleImage(article.details, publisher.redistribution) : undefined
  const picture = secureUrl(image?.url, settings)
  const ownLanguage = languageTag(article.language ?? undefined)
  return (
    <li>
      {picture !== undefined && (
        <picture>
          <img src={picture} alt="" width={320} height={180} loading="lazy" decoding="async" />
        </picture>
      )}
      <a href={articlePagePath(article)}>
        <bdi
          dir={article.direction ?? "ltr"}
          {...(ownLanguage !== "" && ownLanguage !== language && { lang: ownLanguage })}
        >
          {singleLine(article.title ?? undefined)}
        </bdi>
      </a>
      <small>
        <bdi>{publisher?.name}</bdi>
        {isDated && (
          <>
            {" · "}
            <Time at={article.publishedAt} language={language} />
          </>
        )}
      </small>
    </li>
  )
}

function ExternalLink({ url, title }: { url: string; title: string }) {
  return (
    <li>
      <a href={url}>
        <bdi>{title}</bdi>
      </a>
    </li>
  )
}
