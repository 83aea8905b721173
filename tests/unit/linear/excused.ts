/** Exported functions of pure files that are not run over hostile texts, each with the reason. */

/** Files that are only brought in by a bundler, in place of a package. */
export const UNUSED_FILES: readonly string[] = ["html/postcss-stub.ts"]

const NO_TEXT = "reads no text"
const OURS = "reads only what the wire itself wrote"
const OPERATORS = "reads settings and requests of operators, at most 64 KiB"
const STREAM = "moves bytes and does not look at them"
const BY_OTHERS = "is only a way to functions that are listed"

const all = (reason: string, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, reason]))

/** File, function, reason. */
export const EXCUSED: Record<string, Record<string, string>> = {
  "admin/body.ts": all(OPERATORS, "invalid", "readBody"),
  "admin/callable-addresses.ts": all(BY_OTHERS, "mustBePeers"),
  "articles/model/article.ts": all(NO_TEXT, "deletedHash", "versionTime"),
  "articles/model/cursor.ts": all(NO_TEXT, "encodeNumbers"),
  "articles/model/scope.ts": all(OURS, "publisherScope", "sectionScope", "shadowOf", "withheldScopes"),
  "articles/views/reader-sketch.ts": all(NO_TEXT, "addMark", "encodeSketch", "estimate", "isMark", "markOf"),
  "env.ts": all(OPERATORS, "settings"),
  "feeds/address.ts": all(NO_TEXT, "alternates", "hasArchives", "subscriptionTo"),
  "feeds/metadata.ts": all(OURS, "nameOf", "namesOf"),
  "formats/atom.ts": all(BY_OTHERS, "renderAtom"),
  "formats/content.ts": all(NO_TEXT, "changedAt", "feedChangedAt", "otherFormats", "whole"),
  "formats/dates.ts": all(NO_TEXT, "rfc3339", "rfc822"),
  "formats/history.ts": all(OURS, "historyLinks", "hubOf", "tombstonesOf"),
  "formats/json-feed.ts": all(BY_OTHERS, "renderJson"),
  "formats/media.ts": all("is part of what render() does", "mediaFile", "mediaImage"),
  "formats/rss.ts": all(BY_OTHERS, "renderRss"),
  "http/body.ts": all(STREAM, "readBytes"),
  "http/conditional-request.ts": all(NO_TEXT, "httpDate", "wholeSecond"),
  "http/edge-cache.ts": all(
    "keeps answers and does not look at them",
    ...["changesMade", "forgetValidators", "hasWorkersCache", "keepInside", "keptValidator", "matchAnswer"],
    ...["purgeTags", "rememberValidator", "rememberedValidator", "storeAnswer"],
  ),
  "http/query-parameters.ts": all("asks didYouMean() for each name of a query", "knownParameters"),
  "http/problem.ts": all("puts sentences together", "Problem", "notAllowed"),
  "http/representation.ts": all(
    "asks noneMatch() and heldUntil(), which are listed",
    "heldBy",
    "represent",
    "validatorHeaders",
  ),
  "crypto/encryption.ts": all(OURS, "seal"),
  "crypto/standard-webhooks.ts": {
    ...all(STREAM, "encodeBase64", "sign", "verifySignature"),
    ...all(NO_TEXT, "newSecret"),
  },
  "crypto/token.ts": all(NO_TEXT, "newPartnerKey", "newToken", "writePartnerKey"),
  "push/pull/fetch-failure.ts": all("puts sentences together", "failed"),
  "push/pull/conditional-get.ts": all("fetches; what it reads of an answer is in fetch-failure.ts", "fetchFeed"),
  "push/deliveries/stored-bytes.ts": all(STREAM, "dropDead", "keepDead", "keepReceived", "readKept"),
  "dialects/documents/encoding.ts": {},
  "dialects/item-schema.ts": all("cuts what validate() says", "problemsOf"),
  "dialects/message.ts": all(NO_TEXT, "tooMany"),
  "dialects/json-values.ts": all("goes over values and looks at none of their texts", "entriesOf", "present"),
  "push/auth/endpoints.ts": all(OURS, "sourceOf"),
  "push/ingest/prepare-events.ts": all("is run over full bodies", "identify", "prepare"),
  "push/auth/quota.ts": all(NO_TEXT, "OverQuotaError", "dayOf", "mustHaveLeft"),
  "push/ingest/read-message.ts": {
    ...all("is run over full bodies", "readLetter"),
    ...all("puts sentences together", "asProblem", "describe"),
  },
  "push/ingest/article-version.ts": all("is run over full bodies", "problemsOfVersion", "statedOf", "versionOf"),
  "site/page-address.ts": all(NO_TEXT, "feedOf", "listedArticles", "olderUrl", "pageUrl"),
}
