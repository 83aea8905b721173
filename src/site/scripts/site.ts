/**
 * The script of the pages, which are whole without it. The browser runs it before it first shows the page
 * (`blocking="render"`), so nothing moves when times get another text. It keeps nothing about the reader.
 */

/** A reader who leaves earlier has not read the article. */
const SECONDS_OF_A_VIEW = 3
const [MINUTE, HOUR, DAY, WEEK] = [60_000, 3_600_000, 86_400_000, 604_800_000] as const

const DAY_ONLY: Intl.DateTimeFormatOptions = { year: "numeric", month: "long", day: "numeric" }
const DATE: Intl.DateTimeFormatOptions = { ...DAY_ONLY, hour: "numeric", minute: "2-digit" }

/** An error in one part is reported, and the other parts still run. */
for (const part of [showTimes, removeBrokenPictures, offerCopies, countView]) {
  try {
    part()
  } catch (error) {
    reportError(error)
  }
}

/** Times are relative and of the reader's time zone. A page that was in the background gets current times. */
function showTimes(): void {
  // A time in the body of an article is the publisher's text.
  const times = [...document.querySelectorAll("time")].filter((time) => !time.closest(".body"))
  const show = () => {
    if (document.visibilityState === "visible") for (const time of times) showTime(time)
  }
  for (const time of times) showTime(time)
  document.addEventListener("visibilitychange", show)
}

function showTime(time: HTMLTimeElement): void {
  const at = Date.parse(time.dateTime)
  if (Number.isNaN(at)) return
  const language = localeFor(time.closest<HTMLElement>("[lang]")?.lang || "en")
  const relative = relativeTime(at, Date.now(), language)
  // The article itself shows both, because a telephone cannot show the title. In a list, the day of an old one is enough.
  const isArticle = time.closest(".whole") !== null
  const absolute = new Intl.DateTimeFormat(language, isArticle ? DATE : DAY_ONLY).format(at)
  time.textContent = isArticle && relative !== "" ? `${absolute} (${relative})` : relative || absolute
  time.title = new Intl.DateTimeFormat(language, { ...DATE, weekday: "long", timeZoneName: "short" }).format(at)
}

/** Returns the reader's own variety of a language, such as ar-EG; British English is that of the page. */
function localeFor(language: string): string {
  const primary = (tag: string) => tag.toLowerCase().split("-", 1)[0]
  const own = navigator.languages.find((tag) => primary(tag) === primary(language))
  return own ?? (language === "en" ? "en-GB" : language)
}

/** Returns "3 hours ago"; "" for a time that is older than a week, or in the future. */
function relativeTime(at: number, now: number, language: string): string {
  const age = now - at
  if (age < -MINUTE || age >= WEEK) return ""
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" })
  if (age < MINUTE) return format.format(0, "second")
  if (age < HOUR) return format.format(-Math.floor(age / MINUTE), "minute")
  if (age < DAY) return format.format(-Math.floor(age / HOUR), "hour")
  // "Yesterday" is a day of the calendar. Days have 23 to 25 hours where clocks change.
  return format.format(-Math.round((midnightOf(now) - midnightOf(at)) / DAY), "day")
}

function midnightOf(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0)
}

/** A picture that does not load leaves no empty frame. */
function removeBrokenPictures(): void {
  document.addEventListener("error", ({ target }) => removePicture(target), true)
  // Some may have failed before this script ran. The width is 0 for some that did load, so decode() decides.
  for (const image of document.images) {
    if (image.complete && image.naturalWidth === 0) image.decode().catch(() => removePicture(image))
  }
}

function removePicture(image: unknown): void {
  if (!(image instanceof HTMLImageElement)) return
  // The name of the wire is in the place of its logo.
  if (image.closest(".name")) {
    image.replaceWith(image.alt)
    return
  }
  const figure = image.closest("figure")
  let box: Element = figure?.querySelectorAll("img, video, audio, table, pre").length === 1 ? figure : image
  // A link or paragraph around nothing else is removed too.
  for (let outer = box.parentElement; outer?.matches("a, p, picture"); outer = outer.parentElement) {
    if (outer.textContent?.trim() !== "" || outer.querySelectorAll("img, video, audio").length > 1) break
    box = outer
  }
  box.remove()
}

/** Shows the buttons that copy an address. Browsers allow this only on pages with https. */
function offerCopies(): void {
  if (!navigator.clipboard) return
  for (const button of document.querySelectorAll<HTMLElement>("[data-copy]")) {
    button.hidden = false
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(button.dataset.copy ?? "").then(() => {
        button.textContent = button.dataset.copied ?? button.textContent
      }, reportError)
    })
  }
}

/** Counts a view of the article when its page has been visible for some seconds, once for each time it is loaded. */
function countView(): void {
  const id = document.querySelector<HTMLElement>("[data-article]")?.dataset.article
  if (id === undefined) return
  let timer: ReturnType<typeof setTimeout> | undefined
  const follow = () => {
    clearTimeout(timer)
    if (document.visibilityState === "visible") timer = setTimeout(report, SECONDS_OF_A_VIEW * 1000)
  }
  const report = () => {
    document.removeEventListener("visibilitychange", follow)
    navigator.sendBeacon("/v1/views", JSON.stringify({ articles: [id] }))
  }
  document.addEventListener("visibilitychange", follow)
  follow()
}
