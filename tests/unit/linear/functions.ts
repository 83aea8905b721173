/** Every exported function of the pure files that reads text, with the arguments that contain the text. */

import { articleIdIn } from "../../../src/api/parameters/article-id.ts"
import { addressHash, articleId, hash128 } from "../../../src/articles/model/article.ts"
import { decodeCursor, decodeNumbers, encodeCursor, isCursor } from "../../../src/articles/model/cursor.ts"
import * as keys from "../../../src/articles/model/duplicate-key-of.ts"
import {
  authorScope,
  isSuppressedScope,
  languageScope,
  scopeNames,
  scopesOf,
  tagScope,
} from "../../../src/articles/model/scope.ts"
import { EVERYTHING, scopeSelection } from "../../../src/articles/read/selection-terms.ts"
import { decodeSketch } from "../../../src/articles/views/reader-sketch.ts"
import { licenseOf, noticeOf } from "../../../src/dialects/documents/licenses.ts"
import {
  feedChoicePath,
  feedPath,
  feedUrls,
  hasPage,
  homePath,
  namePath,
  pagePath,
  parseAddress,
  searchPath,
} from "../../../src/feeds/address.ts"
import { beginsWithDateline, contentOpening } from "../../../src/feeds/content-opening.ts"
import * as content from "../../../src/formats/content.ts"
import { newsroomTerms } from "../../../src/formats/dublin-core.ts"
import { renderOpml } from "../../../src/formats/opml.ts"
import { isPublicDomain, rslTerms, usageSentences } from "../../../src/formats/rights.ts"
import { renderNewsSitemap, renderSitemap, renderSitemapIndex } from "../../../src/formats/sitemap.ts"
import * as xml from "../../../src/formats/xml.ts"
import { baseRevision, isAfter, validatorsInTags } from "../../../src/http/entity-tags.ts"
import * as types from "../../../src/http/parameter-types.ts"
import { ParameterReading, readParameters } from "../../../src/http/parameters.ts"
import { LIST_PARAMETERS } from "../../../src/operations/parameters.ts"
import { responseFailure, retryAfterMs, shorten } from "../../../src/push/pull/fetch-failure.ts"
import { bytesAbove } from "../../../src/text/byte-length.ts"
import { balanceDirections, isolate, isolateLeftToRight } from "../../../src/text/direction.ts"
import { encodeTexts } from "../../../src/text/encode.ts"
import { composeHamza, foldLetters, replaceLetters, withoutDiacritics } from "../../../src/text/fold-letters.ts"
import { foldName, shownName } from "../../../src/text/fold-name.ts"
import { headlineSlug } from "../../../src/text/headline-slug.ts"
import { directionOf, directionOfText, languageName, languageOfText, languageTag } from "../../../src/text/language.ts"
import { legalText, singleLine, textFromSender, windows1252 } from "../../../src/text/legal-text.ts"
import { didYouMean, nearMatches } from "../../../src/text/near-matches.ts"
import { nfc, nfkc } from "../../../src/text/nfkc.ts"
import { personName } from "../../../src/text/person-name.ts"
import { isDate, parseTime, parseTimeOrDate } from "../../../src/text/rfc3339.ts"
import { scan } from "../../../src/text/scan.ts"
import { countScripts, localeOf, scriptsOf } from "../../../src/text/script.ts"
import { isSecretHeader } from "../../../src/text/secret-headers.ts"
import { isNewSlug, isSlug } from "../../../src/text/slug.ts"
import { isTrackingParameter } from "../../../src/text/tracking-parameters.ts"
import { escapeForbidden, parseUrl, toUri } from "../../../src/text/uri.ts"
import { withoutTrailing } from "../../../src/text/without-trailing.ts"
import { render } from "../../render.ts"
import { HTML_FUNCTIONS } from "./html-functions.ts"
import { HTTP_FUNCTIONS, headersOf, wellFormed } from "./http-functions.ts"
import { SEARCH_FUNCTIONS } from "./search-functions.ts"
import { SITE_FUNCTIONS } from "./site-functions.ts"
import { exportsOf, over, type Subject } from "./subject.ts"

// The functions are imported without types, because each function gets only the members that it reads.
const { sectionHints, unknownSectionsWarning } = await exportsOf("push/ingest/section-hints.ts")
const sectionNamed = (name: string) => ({ sectionIds: new Map([[name, 1]]), directory: { sections: [] } })
const { fingerprint } = await exportsOf("env.ts")
const { cursor, cursorPosition, foreignCursorProblem } = await exportsOf("api/parameters/cursor.ts")
const { canonicalPath, pageUrl } = await exportsOf("api/answer.ts")
const { encryptedCursor, decryptedCursor } = await exportsOf("api/access/encrypted-cursors.ts")
const { feedMetadataOf } = await exportsOf("feeds/metadata.ts")
const { breadcrumbList, newsArticle, scriptJson, webSite } = await exportsOf("site/structured-data.ts")
const { wireTitle } = await exportsOf("articles/taxonomy/appearance.ts")
const { parseColor } = await exportsOf("text/color.ts")
const { parseBuilderUrl, fieldsOf } = await exportsOf("site/builder-address.ts")

const HOUR = 3_600_000
const eighth = (text: string) => text.slice(-text.length / 8)
/** No Worker gets a longer URL than 16 KB. The time of the platform's URLSearchParams grows faster than longer ones. */
const urlOf = (path: string) => new URL(path.slice(0, 100_000), "https://feeds.example")

/** An entry of a feed whose texts are all the same. */
const entryOf = (text: string, direction: "ltr" | "rtl" = "rtl") => ({
  ...{ id: "tag:a", url: text, title: text, subtitle: text, dateline: text, summary: text, html: text, language: "ar" },
  ...{ direction, publishedAt: HOUR, updatedAt: HOUR },
  authors: [{ name: text, url: text }],
  categories: [{ term: text, label: text, scheme: text }],
  image: { url: text, type: text, alt: text, caption: text, credit: text },
  enclosures: [{ url: text, type: text, title: text }],
  source: { id: text, name: text, url: text, feedUrl: text, updatedAt: HOUR },
  attribution: { name: text },
  ...{ externalUrl: text, rights: text },
  related: [{ url: text, title: text }],
  correction: { note: text },
  extension: { guid: text, version: 1, sections: [text] },
})

const feedOf = (text: string) => {
  const urls = { rss: text, atom: text, json: text }
  return {
    ...{ id: "tag:feed", title: text, description: text, language: "ar", direction: "rtl" as const, homeUrl: text },
    ...{ urls, subscription: urls, icon: text, rights: text, updatedAt: HOUR, ttl: 5 },
    entries: [entryOf(text)],
    tombstones: [{ id: text, at: HOUR, reason: "withdrawn" as const }],
  }
}

/** A request of a partner that may see one publisher only. */
const LIMITED = {
  req: { path: "/v1/articles" },
  env: { MASTER_KEY: "A".repeat(44) },
  var: { audience: { publishers: ["a"], key: "a" } },
}

const selectionOf = (text: string) => ({
  ...{ section: [text], not: [text], publisher: [text], lang: [text.slice(0, 35)], tag: [text], author: [text] },
})

export const FUNCTIONS: readonly Subject[] = [
  ...HTTP_FUNCTIONS,
  ...HTML_FUNCTIONS,
  ...SEARCH_FUNCTIONS,
  ...SITE_FUNCTIONS,
  ...over(articleIdIn, articleIdIn),
  ...over(articleId, (text) => articleId(text, text)),
  ...over(addressHash, (text) => addressHash(text, text)),
  ...over(hash128, hash128),
  ...over(directionOf, {
    "as text": (text) => directionOf(undefined, text),
    "as language": (text) => directionOf(text, ""),
  }),
  ...over(keys.duplicateKeyAt, {
    path: (text) => keys.duplicateKeyAt(`https://a.example/${text}`),
    query: (text) => keys.duplicateKeyAt(`https://a.example/?${text}`),
  }),
  ...over(keys.duplicateKeyOf, (text) => keys.duplicateKeyOf({ url: `https://a.example/${text}`, details: {} })),
  ...over(keys.articleAddress, (text) => keys.articleAddress(`https://a.example/${text}`, text)),
  ...over(keys.areSamePart, (text) => keys.areSamePart(`https://a.example/#${text}`, "https://a.example/#a")),
  ...over(decodeCursor, (text) => decodeCursor(text, "tags")),
  ...over(isCursor, isCursor),
  ...over(encryptedCursor, (text) => encryptedCursor(LIMITED, text)),
  ...over(decryptedCursor, {
    plain: (text) => decryptedCursor(LIMITED, text),
    encrypted: (text) => decryptedCursor(LIMITED, `e.${text}`),
  }),
  ...over(decodeNumbers, (text) => decodeNumbers([text])),
  ...over(encodeCursor, (text) => encodeCursor("epoch", "tags", [text.replace(/[^\x20-\x7e]/g, "?")])),
  ...over(scriptJson, (text) => scriptJson({ text })),
  ...over(newsArticle, (text) => newsArticle(descriptionOf(text))),
  ...over(wireTitle, (text) => wireTitle({ appearance: appearanceOf(text) }, {})),
  ...over(parseColor, parseColor),
  ...over(webSite, (text) => webSite(appearanceOf(text), {})),
  ...over(breadcrumbList, (text) => breadcrumbList(descriptionOf(text))),
  ...over(personName, {
    plain: personName,
    marked: (text) => personName(`a@b.example ${text}`),
    spaced: (text) => personName(`a @ b.example (at) ${text}`),
    tags: (text) => personName(`a@b.example </a><a ${text}`),
    brackets: (text) => personName(`a@b.example ${"(".repeat(text.length / 2)}${")".repeat(text.length / 2)}`),
  }),
  ...over(authorScope, authorScope),
  ...over(isSuppressedScope, isSuppressedScope),
  ...over(languageScope, languageScope),
  ...over(composeHamza, composeHamza),
  ...over(replaceLetters, replaceLetters),
  ...over(withoutDiacritics, withoutDiacritics),
  ...over(foldLetters, foldLetters),
  ...over(foldName, foldName),
  ...over(shownName, shownName),
  ...over(tagScope, tagScope),
  // A language has at most 35 characters.
  ...over(scopesOf, (text) =>
    scopesOf({
      publisherUid: "a",
      sections: [],
      language: text.slice(0, 35),
      tags: [eighth(text)],
      authors: [eighth(text)],
    }),
  ),
  ...over(scopeNames, (text) => scopeNames([`tag:${foldName(text)}`], { tags: [text], authors: [text] })),
  ...over(scopeSelection, (text) => scopeSelection(selectionOf(eighth(text)), ["a"])),
  ...over(parseTime, parseTime),
  ...over(parseTimeOrDate, parseTimeOrDate),
  ...over(isDate, isDate),
  ...over(isSlug, isSlug),
  ...over(isNewSlug, isNewSlug),
  ...over(decodeSketch, decodeSketch),
  ...over(LIST_PARAMETERS.attempts.before, (text) => LIST_PARAMETERS.attempts.before([text], "before")),
  ...over(LIST_PARAMETERS.attempts.status, (text) => LIST_PARAMETERS.attempts.status([text], "status")),
  ...over(LIST_PARAMETERS.articles.before, (text) => LIST_PARAMETERS.articles.before([text], "before")),
  ...over(readParameters, {
    name: (text) => readParameters(new URLSearchParams([[text, "a"]]), { section: types.slugs }),
    names: (text) => readParameters(new URLSearchParams(text), { section: types.slugs }),
    value: (text) => readParameters(new URLSearchParams([["section", text]]), { section: types.slugs }),
  }),
  ...over(ParameterReading, (text) => new ParameterReading(new URLSearchParams(text), ["section"]).problem()),
  ...over(types.splitList, (text) => types.splitList([text])),
  ...over(types.slugs, (text) => types.slugs([text], "section")),
  ...over(types.slug, (text) => types.slug([text], "section")),
  ...over(types.languages, (text) => types.languages([text], "lang")),
  ...over(types.language, (text) => types.language([text], "lang")),
  ...over(types.time, (text) => types.time([text], "since")),
  ...over(types.timeAtEnd, (text) => types.timeAtEnd([text], "until")),
  ...over(types.number, (text) => types.number(1, 100, 50)([text], "limit")),
  ...over(types.oneOf, (text) => types.oneOf(["json"], "json")([text], "format")),
  ...over(types.someOf, (text) => types.someOf(["title"])([text], "fields")),
  ...over(types.text, (text) => types.text(200)([text], "q")),
  ...over(fingerprint, fingerprint),
  ...over(cursor, (text) => cursor(["page"])([text], "cursor", LIMITED)),
  ...over(cursorPosition, (text) => cursorPosition(text, ["page"])),
  ...over(foreignCursorProblem, (text) =>
    foreignCursorProblem({
      req: { url: `https://a.example/?${text}` },
      var: { settings: { feedsUrl: "https://a.example" } },
    }),
  ),
  ...over(canonicalPath, (text) => canonicalPath(urlOf(`/?${text}`))),
  ...over(pageUrl, (text) =>
    pageUrl({ req: { url: `https://a.example/?${text}` }, var: { settings: { feedsUrl: "https://a.example" } } }, text),
  ),
  ...over(parseAddress, {
    path: (text) => parseAddress(urlOf(`/${text}`)),
    "file name": (text) => parseAddress(urlOf(`/${text}/feed.rss`)),
    tag: (text) => parseAddress(urlOf(`/feed.rss?tag=${text}`)),
    section: (text) => parseAddress(urlOf(`/feed.rss?section=${text}`)),
    query: (text) => parseAddress(urlOf(`/feed.rss?${text}`)),
  }),
  ...over(languageName, (text) => languageName(text, "ar")),
  ...over(feedMetadataOf, (text) =>
    feedMetadataOf(
      selectionOf(eighth(text)),
      { sections: [], publishers: [], redirects: {}, appearance: appearanceOf(text) },
      { language: "en", title: "a" },
    ),
  ),
  ...over(validatorsInTags, (text) => validatorsInTags([text], { version: "1", date: 0 }, "a")),
  ...over(baseRevision, (text) => baseRevision([text], { epoch: "a", revision: 1 })),
  ...over(isAfter, { known: (text) => isAfter([text], '"a.1.1.a"'), tag: (text) => isAfter(["a.1"], text) }),
  ...over(feedPath, (text) => feedPath(addressOf(text))),
  ...over(feedChoicePath, (text) => feedChoicePath("/feeds", addressOf(text))),
  ...over(parseBuilderUrl, {
    tag: (text) => parseBuilderUrl(urlOf(`/feeds?tag=${text}`), "en"),
    query: (text) => parseBuilderUrl(urlOf(`/feeds?${text}`), "en"),
  }),
  ...over(fieldsOf, {
    tag: (text) => fieldsOf(urlOf(`/feeds?tag=${text}`)),
    query: (text) => fieldsOf(urlOf(`/feeds?${text}`)),
  }),
  ...over(feedUrls, (text) => feedUrls("https://feeds.example", addressOf(text))),
  ...over(contentOpening, {
    entry: (text) =>
      contentOpening({ ...entryOf(text), image: { url: text, caption: text, alt: text } }, "<p>a", false),
    body: (text) => contentOpening(entryOf("a b"), text, false),
    lines: (text) => contentOpening(entryOf(text), "<p>a".repeat(1000), false),
  }),
  ...over(beginsWithDateline, {
    body: (text) => beginsWithDateline(text, "a — b"),
    dateline: (text) => beginsWithDateline("<p>a</p>", text),
  }),
  ...over(pagePath, {
    section: (text) => pagePath({ ...EVERYTHING, section: [text] }),
    tag: (text) => pagePath({ ...EVERYTHING, tag: [wellFormed(text)] }),
  }),
  ...over(searchPath, (text) => searchPath(addressOf(text).selection, { q: wellFormed(text) })),
  ...over(homePath, (text) => homePath({ ...addressOf(text), query: wellFormed(text) })),
  ...over(hasPage, (text) => hasPage({ ...EVERYTHING, author: [wellFormed(text)] })),
  ...over(namePath, (text) => namePath("author", wellFormed(text))),
  ...over(content.displayText, (text) => content.displayText(text, "rtl")),
  ...over(content.headlineOf, (text) => content.headlineOf(entryOf(text, "ltr"))),
  ...over(content.contentHtml, (text) => content.contentHtml(entryOf(text))),
  ...over(content.summaryOf, (text) => content.summaryOf(entryOf(text))),
  ...over(content.contentText, (text) => content.contentText(entryOf(text))),
  ...over(content.authorsOf, (text) => content.authorsOf(entryOf(text))),
  ...over(content.sourceName, (text) => content.sourceName(entryOf(text).source)),
  ...over(content.categoriesOf, (text) => content.categoriesOf(entryOf(text))),
  ...over(content.filesOf, (text) => content.filesOf(entryOf(text))),
  ...over(content.relatedOf, (text) => content.relatedOf(entryOf(text))),
  ...over(languageTag, languageTag),
  ...over(content.ownLanguage, (text) => content.ownLanguage({ ...entryOf(""), language: text }, {})),
  ...over(balanceDirections, {
    plain: balanceDirections,
    opened: (text) => balanceDirections(`\u2067${text}`),
    // Deeper than the signs that have an effect.
    signs: (text) => balanceDirections(`${"\u202a".repeat(text.length)}${"\u2069".repeat(text.length)}`),
  }),
  ...over(countScripts, countScripts),
  ...over(localeOf, localeOf),
  ...over(scriptsOf, scriptsOf),
  ...over(directionOfText, (text) => directionOfText(text, countScripts(text))),
  ...over(languageOfText, (text) => languageOfText([text, "ar"], "en", countScripts(text))),
  ...over(isolate, (text) => isolate(text, "rtl")),
  ...over(isolateLeftToRight, isolateLeftToRight),
  ...over(noticeOf, (text) => noticeOf([text, text], text)),
  ...over(licenseOf, {
    link: (text) => licenseOf({ links: [{ rel: "license", href: text, type: text }] }, "https://a.example/"),
    rights: (text) => licenseOf({ rights: [text, `https://${text}`] }, undefined),
  }),
  ...over(rslTerms, (text) => rslTerms({ license: text, terms: text, attribution: "required" })),
  ...over(usageSentences, (text) => usageSentences({ license: text, terms: text })),
  ...over(newsroomTerms, (text) => newsroomTerms(entryOf(text))),
  ...over(render, {
    // A feed has more than eight texts.
    rss: (text) => render(feedOf(eighth(text)), "rss"),
    atom: (text) => render(feedOf(eighth(text)), "atom"),
    json: (text) => render(feedOf(eighth(text)), "json"),
  }),
  ...over(renderOpml, (text) =>
    renderOpml({
      ...{ title: text, ownerName: text, changedAt: HOUR },
      outlines: [{ text, title: text, format: "rss", feedUrl: text, pageUrl: text, description: text, language: text }],
    }),
  ),
  ...over(renderSitemap, (text) => renderSitemap([{ url: text }])),
  ...over(renderSitemapIndex, (text) => renderSitemapIndex([text])),
  ...over(isPublicDomain, (text) => isPublicDomain(`https://creativecommons.org/${text}`)),
  ...over(renderNewsSitemap, (text) =>
    renderNewsSitemap([{ url: text, title: text, publishedAt: HOUR, publication: text, language: text }]),
  ),
  ...over(xml.attribute, (text) => xml.attribute("a", text)),
  ...over(xml.cdata, xml.cdata),
  ...over(xml.element, (text) => xml.element("a", text)),
  ...over(xml.escapeAttribute, xml.escapeAttribute),
  ...over(xml.escapeText, xml.escapeText),
  ...over(headlineSlug, headlineSlug),
  ...over(singleLine, singleLine),
  ...over(scan, scan),
  ...over(bytesAbove, (text) => bytesAbove(text, 1)),
  ...over(encodeTexts, (text) => encodeTexts([text, text])),
  ...over(legalText, legalText),
  ...over(textFromSender, textFromSender),
  ...over(windows1252, (text) => windows1252(text.length)),
  ...over(nearMatches, {
    name: (text) => nearMatches(text, ["articles"]),
    candidate: (text) => nearMatches("articles", [text]),
  }),
  ...over(sectionHints, {
    name: (text) => sectionHints(sectionNamed("articles"))(text),
    section: (text) => sectionHints(sectionNamed(text))("articles"),
  }),
  ...over(unknownSectionsWarning, (text) => unknownSectionsWarning([text, text], () => [text])),
  ...over(didYouMean, (text) => didYouMean(text, ["articles"])),
  ...over(isSecretHeader, isSecretHeader),
  ...over(isTrackingParameter, { plain: isTrackingParameter, begun: (text) => isTrackingParameter(`utm_${text}`) }),
  ...over(escapeForbidden, escapeForbidden),
  ...over(toUri, { path: (text) => toUri(`/${text}`, "https://a.example"), whole: (text) => toUri(text) }),
  ...over(responseFailure, (text) =>
    responseFailure(new Response(null, { status: 503, headers: headersOf(["retry-after"], text) }), text, HOUR),
  ),
  ...over(nfc, nfc),
  ...over(nfkc, nfkc),
  ...over(withoutTrailing, (text) => withoutTrailing(text, " /=.")),
  ...over(parseUrl, {
    path: (text) => parseUrl(text, "https://a.example"),
    host: (text) => parseUrl(`https://${text}`),
  }),
  ...over(shorten, shorten),
  ...over(retryAfterMs, (text) => retryAfterMs(text, HOUR)),
]

const descriptionOf = (text: string) => ({
  entry: { ...entryOf(text), image: { url: text } },
  trail: [{ name: text, url: text }],
  ...{ language: text, headline: text, canonicalUrl: text, publisherLogo: text, rights: {}, settings: {} },
  appearance: appearanceOf(text),
})

const appearanceOf = (text: string) => ({ name: text, logo: text, footer: { publishingPrinciples: text } })

function addressOf(text: string) {
  return {
    selection: { ...EVERYTHING, tag: [wellFormed(text)], section: [wellFormed(text)] },
    part: { kind: "page" as const, after: wellFormed(text) },
    ...{ format: "rss" as const, limit: 10, content: "full" as const },
  }
}
