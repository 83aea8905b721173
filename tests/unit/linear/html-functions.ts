/** Functions of html/ that read text, with the arguments that contain the text. */
import { hasPicture } from "../../../src/html/body-pictures.ts"
import { countBodyScripts } from "../../../src/html/body-scripts.ts"
import { excerpt, htmlToText } from "../../../src/html/excerpt.ts"
import { fragmentsIn } from "../../../src/html/footnotes.ts"
import { withoutHidden } from "../../../src/html/hidden-text.ts"
import * as late from "../../../src/html/late-attributes.ts"
import { isAuthorBox } from "../../../src/html/lead-picture.ts"
import { markdownOf } from "../../../src/html/markdown.ts"
import * as inline from "../../../src/html/markdown-inline.ts"
import { dataTables, tableMarkdown } from "../../../src/html/markdown-tables.ts"
import * as addresses from "../../../src/html/picture-address.ts"
import { haveOtherNames, PictureIndex } from "../../../src/html/picture-index.ts"
import * as pictures from "../../../src/html/picture-names.ts"
import { filmOf, isFilmPage } from "../../../src/html/players.ts"
import { isFootnoteLink, raisedText } from "../../../src/html/raised-text.ts"
import * as same from "../../../src/html/same-picture.ts"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import { statedDirection } from "../../../src/html/stated-direction.ts"
import { summaryOf } from "../../../src/html/summary.ts"
import { decodeEntities, textOf } from "../../../src/html/text.ts"
import { declarationsOf, pixelsIn } from "../../../src/html/visibility.ts"
import { ScriptCounter } from "../../../src/text/script.ts"
import { asBody } from "./items.ts"
import { over, type Subject } from "./subject.ts"

const imageWith = (text: string): string => {
  const value = text.replace(/["<>]/g, " ").slice(0, 30_000)
  const attributes = ["srcset", "src", "alt", "width", "height", "lang", "dir"].map((name) => `${name}="${value}"`)
  return `<img ${attributes.join(" ")}><a href="${value}" rel="${value}" hreflang="${value}">a</a>`
}
const mediaWith = (text: string): string => {
  const value = text.replace(/["<>]/g, " ").slice(0, 20_000)
  const attributes = ["data-src", "data-srcset", "data-a", "class", "style", "title"].map(
    (name) => `${name}="${value}"`,
  )
  return `<img ${attributes.join(" ")}><noscript><img src="${value}"></noscript><object data="${value}" title="${value}">`
}

export const HTML_FUNCTIONS: readonly Subject[] = [
  ...over(excerpt, (text) => excerpt(text, 300)),
  ...over(htmlToText, {
    text: htmlToText,
    "raised numbers": (text) => htmlToText(`1<sup>2</sup><a href="#a"><sub>${text}</sub></a>`.repeat(3)),
    "raised texts in raised texts": (text) => htmlToText("<sup>1".repeat(text.length / 6)),
  }),
  ...over(raisedText, (text) => [raisedText("sup", text, text, true), raisedText("sub", text, text, false)]),
  ...over(isFootnoteLink, isFootnoteLink),
  ...over(fragmentsIn, fragmentsIn),
  ...over(isFilmPage, isFilmPage),
  ...over(sanitizeHtml, {
    body: (text) => sanitizeHtml(asBody(text), "https://a.example/b"),
    "an attribute": (text) => sanitizeHtml(asBody(imageWith(text)), "https://a.example/b"),
    "media that are loaded late": (text) => sanitizeHtml(asBody(mediaWith(text)), "https://a.example/b"),
    "a formula": (text) => sanitizeHtml(asBody(`<math><mfrac>${text}`), undefined),
    "formulas in formulas": (text) => sanitizeHtml(asBody("<math><mfrac>".repeat(text.length / 13)), undefined),
    "copies of formulas": (text) =>
      sanitizeHtml(asBody('<math>x</math><b class="katex-html">'.repeat(text.length / 40)), undefined),
    footnotes: (text) => sanitizeHtml(asBody(`<a href="#a" id="b">${text}`), "https://a.example/b", "a-"),
    "an id": (text) => sanitizeHtml(asBody(`<a href="#${text}" id="${text}">`), "https://a.example/b", "a-"),
    "objects in objects": (text) =>
      sanitizeHtml(asBody("<object>a<a href=/b>b</a>".repeat(text.length / 25)), "https://a.example/"),
    "objects beside objects": (text) =>
      sanitizeHtml(
        asBody(`<object>${"<object>a<a href=/b>b</a></object>".repeat(text.length / 34)}`),
        "https://a.example/",
      ),
    "links of a text": (text) =>
      sanitizeHtml(asBody(`<noscript>${"<a href=/b>b".repeat(text.length / 12)}`), "https://a.example/"),
    "copies of a picture": (text) =>
      sanitizeHtml(
        asBody(`<img src="/${text}/a.jpg"><noscript><img src="/b/${text}/a.jpg"></noscript>`),
        "https://a.example/",
      ),
    "directions of elements": (text) => sanitizeHtml(asBody("<x-y dir=rtl><p>a".repeat(text.length / 17)), undefined),
    "direction signs": (text) => sanitizeHtml(asBody("\u202Aa<b>\u2067<bdi>".repeat(text.length / 11)), undefined),
    "a style": (text) => sanitizeHtml(asBody(`<p style="direction:rtl ${text}">`), undefined),
    "the end of an attribute": (text) =>
      sanitizeHtml(asBody(imageWith(`https://a.example/c.jpg ${text}y`)), "https://a.example/b"),
  }),
  ...over(countBodyScripts, {
    plain: (text) => countBodyScripts(new ScriptCounter(), text, false),
    code: (text) => countBodyScripts(new ScriptCounter(), `<pre>${text}`, false),
  }),
  ...over(late.isLateName, (text) => late.isLateName(`data-${text}-src`)),
  ...over(late.isLateSet, (text) => late.isLateSet(`data-${text}-srcset`)),
  ...over(late.isPlayerSource, {
    name: (text) => late.isPlayerSource(`data-${text}src`, "/a"),
    value: (text) => late.isPlayerSource("data-src", text),
  }),
  ...over(late.lateSource, {
    name: (text) => late.lateSource(text, "/a.jpg"),
    value: (text) => late.lateSource("data-src", text),
    "other value": (text) => late.lateSource("data-a", `/${text}`),
    function: (text) => late.lateSource("data-src", `url(${text}`),
    template: (text) => late.lateSource("data-src", `{width}${text}`, text),
  }),
  ...over(isAuthorBox, {
    plain: (text) => isAuthorBox({ class: text }),
    words: (text) => isAuthorBox({ class: `${"about-author-box".repeat(text.length / 16)}${text}` }),
  }),
  ...over(declarationsOf, declarationsOf),
  ...over(pixelsIn, { plain: pixelsIn, calculated: (text) => pixelsIn(`calc(${text})`) }),
  ...over(pictures.isCountingHost, (text) => pictures.isCountingHost(`https://${text}`)),
  ...over(pictures.isCountingFile, (text) => pictures.isCountingFile(`https://a.example/${text}/${text}?${text}`)),
  ...over(addresses.pictureName, {
    plain: (text) => addresses.pictureName(`https://a.example/${text}/${text}?${text}`),
    program: (text) =>
      addresses.pictureName(`https://a.example/cdn/shop/styles/${text}/public/size/thumb/a/ab/${text}`),
    host: (text) => addresses.pictureName(`https://a.staticflickr.com/${text}`),
  }),
  ...over(withoutHidden, (text) => withoutHidden(asBody(`<p hidden>${text}`))),
  ...over(filmOf, {
    plain: filmOf,
    film: (text) => filmOf(`https://www.youtube.com/watch?${text}`),
  }),
  ...over(addresses.isSureSize, addresses.isSureSize),
  ...over(haveOtherNames, (text) => haveOtherNames(`https://a.example/${text}.jpg`, `https://a.example/${text}2.jpg`)),
  ...over(PictureIndex, (text) => new PictureIndex().add(text)),
  ...over(hasPicture, {
    body: (text) => hasPicture(text, "https://a.example/a.jpg"),
    source: (text) => hasPicture(`<img src="${text.replace(/["<>]/g, "")}">`, "https://a.example/a.jpg"),
  }),
  ...over(same.isSamePath, {
    path: (text) => same.isSamePath(`https://a.example/${text}/a.jpg`, `https://a.example/${text}/b/a.jpg`),
    query: (text) => same.isSamePath(`https://a.example/a.jpg?${text}`, `https://a.example/a.jpg?b&${text}`),
  }),
  ...over(same.isSamePicture, {
    path: (text) => same.isSamePicture(`https://a.example/${text}/a.jpg`, `https://a.example/${text}/b/a.jpg`),
    query: (text) => same.isSamePicture(`https://a.example/a?${text}`, `https://a.example/a?b&${text}`),
    name: (text) => same.isSamePicture(`https://a.example/${text}.jpg`, `https://a.example/${text}-1x1.jpg`),
  }),
  ...over(same.isCopy, (text) => same.isCopy(`https://a.example/${text}/a.jpg`, `https://a.example/${text}/b.jpg`)),
  ...over(pictures.isWorseCopy, (text) => pictures.isWorseCopy(`https://a.example/${text}`, `https://${text}`)),
  ...over(pictures.isPlaceholder, (text) => pictures.isPlaceholder(`https://a.example/${text}.png`)),
  ...over(pictures.isTemporary, (text) => pictures.isTemporary(`https://a.example/${text}.png`)),
  ...over(pictures.isReplacedPicture, (text) => pictures.isReplacedPicture(`https://a.example/${text}.jpg`)),
  ...over(pictures.isSmallCopy, (text) => pictures.isSmallCopy(`https://a.example/${text}.png`)),
  ...over(pictures.isNewFormat, (text) => pictures.isNewFormat(`https://a.example/${text}`, text)),
  ...over(pictures.isPictureFile, pictures.isPictureFile),
  ...over(pictures.isCounter, (text) => pictures.isCounter(`https://a.example/${text}`)),
  ...over(pictures.isTracker, (text) => pictures.isTracker(`https://a.example/${text}`)),
  ...over(summaryOf, {
    plain: (text) => summaryOf(text, 300),
    captions: (text) => summaryOf("<figcaption>a".repeat(text.length / 13), 300),
    tables: (text) => summaryOf("<table><td>".repeat(text.length / 11), 300),
    links: (text) => summaryOf(`<a href="a">https://${text}`, 300),
  }),
  ...over(decodeEntities, decodeEntities),
  ...over(textOf, { plain: textOf, "in pre": (text) => textOf(`<pre>${text}</pre>`) }),
  ...over(markdownOf, (text) => markdownOf(sanitizeHtml(text, undefined))),
  ...over(dataTables, (text) => dataTables(sanitizeHtml(`<table>${text}`, undefined))),
  ...over(tableMarkdown, (text) => tableMarkdown([[text, text]])),
  ...over(inline.inlineMarkdown, {
    plain: (text) => inline.inlineMarkdown([{ text }]),
    code: (text) => inline.inlineMarkdown([{ text, code: true }]),
    runs: (text) =>
      inline.inlineMarkdown([...text].map((letter, at) => (at % 2 ? { text: letter } : { text: letter, bold: true }))),
  }),
  ...over(inline.escapeMarkdown, inline.escapeMarkdown),
  ...over(inline.fenceFor, (text) => inline.fenceFor(text, 3)),
  ...over(inline.destination, inline.destination),
  ...over(inline.isSafeLink, (text) => inline.isSafeLink(`https://${text}`)),
  ...over(statedDirection, {
    plain: statedDirection,
    begun: (text) => statedDirection(`<p dir="rtl">${text}`),
    whole: (text) => statedDirection(`<p dir="rtl">${text}</p>`),
  }),
]
