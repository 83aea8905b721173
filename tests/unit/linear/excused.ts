/** Exported functions of pure files that are not run over hostile texts, each with the reason. */

/** Files that only a bundler includes, in place of a package. */
export const UNUSED_FILES: readonly string[] = ["html/stub.ts"]

const NO_TEXT = "reads no text"
const CLEANING = "is part of sanitizeHtml(), which is listed"
const OURS = "reads only what the wire itself wrote"
const OPERATORS = "reads settings and requests of operators, at most 64 KiB"
const STREAM = "moves bytes and does not look at them"
const BY_OTHERS = "is only a way to functions that are listed"

const all = (reason: string, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, reason]))

/** Reasons by file and function. */
export const EXCUSED: Record<string, Record<string, string>> = {
  "admin/body.ts": all(OPERATORS, "invalidMember", "invalidRequest", "readBody"),
  "admin/callable-addresses.ts": all(BY_OTHERS, "mustBeCallable"),
  "admin/iso-time.ts": all(NO_TEXT, "isoTime"),
  "admin/name-conflict.ts": all(OPERATORS, "conflictHandler", "nameConflict"),
  "articles/read/selection-parameters.ts": all("compares slugs that were read", "exclusionDetail"),
  "api/access/request-limits.ts": all(NO_TEXT, "createCharge"),
  "api/access/audience.ts": all(NO_TEXT, "isLimited"),
  "api/access/encrypted-cursors.ts": all("decrypts tags as decryptedCursor() does", "representToAudience"),
  "api/answer.ts": all("asks represent(), which is excused below", "answer"),
  "articles/model/article.ts": all(NO_TEXT, "deletionHash", "versionTime", "visibleImage"),
  "articles/model/cursor.ts": all(NO_TEXT, "encodeNumbers"),
  "articles/model/scope.ts": all(OURS, "publisherScope", "sectionScope", "suppressedScope", "suppressedScopes"),
  "articles/model/tag-uri.ts": all(OURS, "tagUri"),
  "articles/views/reader-sketch.ts": all(NO_TEXT, "addMark", "encodeSketch", "estimate", "isMark", "hashToMark"),
  "db/json-chunks.ts": all(OURS, "jsonChunks"),
  "env.ts": { ...all(OPERATORS, "settings"), ...all(NO_TEXT, "workContext") },
  "feeds/address.ts": all(NO_TEXT, "hasArchives", "subscriptionTo"),
  "articles/taxonomy/directory-lookup.ts": all(
    OURS,
    ...["publisherBySlug", "publisherByUid", "sectionById", "sectionBySlug"],
  ),
  "articles/taxonomy/section-names.ts": all(OURS, "localizedText", "sectionNameIn"),
  "feeds/assemble.ts": all(
    "puts together what render() is given",
    "articleContext",
    "assembleFeed",
    "entryOf",
    "frameOf",
  ),
  "feeds/entry-cache.ts": all(
    "keeps answers and does not look at them",
    "knownArticles",
    "rememberDocument",
    "rememberedDocument",
  ),
  "feeds/load.ts": all(NO_TEXT, "isWithoutBody"),
  "feeds/render-document.ts": all("is render() in bytes", "renderDocument"),
  "feeds/validators.ts": all(OURS, "documentValidators", "isDated"),
  "formats/content.ts": all(NO_TEXT, "changedAt", "feedChangedAt", "otherFormats", "positiveInteger"),
  "formats/dates.ts": all(NO_TEXT, "rfc3339", "rfc822"),
  "formats/history.ts": all(OURS, "historyLinks", "tombstonesOf"),
  "formats/media.ts": all("is part of what render() does", "itunesElements", "mediaFile", "mediaImage"),
  "dialects/documents/media-pictures.ts": all(
    "is part of mediaOf(), which is listed",
    "isPicture",
    "compare",
    "isIn",
    "positiveInteger",
  ),
  "dialects/documents/media-rss.ts": all(NO_TEXT, "episodeOf"),
  "dialects/documents/xml-tokens.ts": all(NO_TEXT, "htmlPageFault"),
  "dialects/documents/xml-base.ts": all(
    "is part of baseIn() and readXmlDocument(), which are listed",
    "XmlBase",
    "XmlBases",
  ),
  "html/addresses.ts": all(CLEANING, "absoluteUrl", "baseInside"),
  "html/sanitize.ts": all("is sanitizeHtml(), which is listed", "cleanBody"),
  "html/embedded-media.ts": all(CLEANING, "withEmbeddedMedia"),
  "html/footnotes.ts": all(CLEANING, "idOf", "linkedId", "withPrefixedIds"),
  "html/formulas.ts": all(CLEANING, "withFormulas"),
  "html/media-markup.ts": all(
    CLEANING,
    "escapeValue",
    "imageOf",
    "playerOf",
    "linkOf",
    "isPictureFile",
    "embeddedOf",
    "isFlash",
    "isSamePicture",
  ),
  "html/lead-picture.ts": all(CLEANING, "leadPictureOf"),
  "html/media-places.ts": all(CLEANING, "extractNoscripts", "writePlaces"),
  "html/pictures.ts": all(
    CLEANING,
    "isPlaceholder",
    "candidatesOf",
    "pictureSet",
    "lateAddress",
    "pictureAddress",
    "playerAddress",
    "isHidden",
    "isInvisible",
  ),
  "html/players.ts": all(CLEANING, "playerLink"),
  "http/body.ts": {
    ...all(STREAM, "readBytes"),
    ...all("is part of mustBeReadable(), which is listed", "mustBeUncompressed"),
  },
  "http/conditional-request.ts": all(NO_TEXT, "httpDate", "floorToSecond"),
  "http/edge-cache.ts": all(
    "keeps answers and does not look at them",
    ...[
      "AnswerCache",
      "changeCount",
      "forgetValidators",
      "hasWorkersCache",
      "makePrivate",
      "openAnswerCache",
      "purgeTags",
    ],
  ),
  "http/entity-tags.ts": {
    ...all(OURS, "entityTag"),
    ...all("asks validatorsInTags(), which is listed", "conditionsOf"),
  },
  "http/parameter-types.ts": all("reads each value by a reader that is listed", "readList", "singleValue"),
  "http/parameters.ts": {
    ...all(BY_OTHERS, "readQuery"),
    ...all("puts sentences together", "InvalidValues", "errorsOf", "invalidValue", "parameterProblem"),
  },
  "http/client-address.ts": all("asks addressBlock(), which is listed", "clientAddressOf", "clientBlockOf"),
  "http/redirect.ts": all(OURS, "redirect"),
  "http/timeout.ts": all(NO_TEXT, "withTimeout"),
  "text/script.ts": all(OURS, "isRightToLeft"),
  "text/time-zone.ts": all("reads names of zones that operators set", "isSummerTime", "isTimeZone", "momentsOf"),
  "text/base64.ts": all(STREAM, "encodeBase64", "encodeBase64Url"),
  "http/problem.ts": all("puts sentences together", "Problem", "joinErrors", "methodNotAllowed"),
  "http/representation.ts": all(
    "asks isNotModified() and dateOfCopy(), which are listed",
    "represent",
    "representationRequest",
  ),
  "crypto/encryption.ts": all(OURS, "encryptSecret"),
  "crypto/deterministic-encryption.ts": all(OURS, "deriveSivKeys"),
  "log/error-causes.ts": {
    ...all(NO_TEXT, "ConfigurationError", "causesOf"),
    ...all("is tried with the pattern of isStorageFailure()", "messageMatches"),
  },
  "log/log.ts": {
    ...all("writes names and numbers of ours", "log"),
    ...all(BY_OTHERS, "logRejection"),
  },
  "http/rate-limit.ts": {
    ...all(BY_OTHERS, "chargeUnauthenticated"),
    ...all("puts sentences together", "tooManyRequests"),
  },
  "crypto/standard-webhooks.ts": {
    ...all(STREAM, "verifySignature"),
    ...all("is part of readSignedHeaders(), which is listed", "timeProblem"),
    ...all(NO_TEXT, "newSecret"),
  },
  "crypto/token.ts": all(NO_TEXT, "newPartnerKey", "newToken", "writePartnerKey"),
  "push/pull/fetch-failure.ts": all("puts sentences together", "fetchFailure"),
  "push/pull/conditional-get.ts": all("fetches; what it reads of an answer stands in failure.ts", "fetchFeed"),
  "push/attempts/stored-bytes.ts": all(STREAM, "deleteDeadLetters", "readStored", "storeDeadLetter", "storeReceived"),
  "dialects/item-schema.ts": all("cuts what validateItem() says", "problemsOf"),
  "dialects/unknown-members.ts": all("is run by checkDraft()", "unknownMembers"),
  "dialects/message.ts": all(NO_TEXT, "tooManyArticles"),
  "dialects/json-values.ts": all("goes over values and looks at none of their texts", "entriesOf", "withoutEmpty"),
  "push/auth/incoming.ts": { ...all(STREAM, "messageOf"), ...all(NO_TEXT, "FormError") },
  "push/auth/endpoints.ts": all(OURS, "sourceNameOf"),
  "push/answer-json.ts": all(
    "puts stored values together",
    ...["deadLetterJson", "deliveryJson", "inventoryArticleJson", "resultsJson"],
  ),
  "push/ingest/assign-articles.ts": all("is run over full bodies", "assignArticles"),
  "push/ingest/classify-version.ts": all("is run over full bodies", "classifyVersion"),
  "push/ingest/delivery-entry.ts": all("adds a sentence to a list", "addWarning"),
  "push/ingest/identify-items.ts": all("is run over full bodies", "identifyItems"),
  "push/ingest/prepare-events.ts": all("is run over full bodies", "prepareEvents"),
  "push/auth/quota.ts": all(NO_TEXT, "OverQuotaError", "dayOf", "mustBeWithinQuota"),
  "push/ingest/read-message.ts": {
    ...all("is run over full bodies", "readMessage"),
    ...all("puts sentences together", "describeErrors", "toProblem"),
  },
  "push/ingest/article-version.ts": all(
    "is run over full bodies",
    "problemsOfVersion",
    "statedCategoriesOf",
    "versionOf",
  ),
  "site/page-address.ts": all(NO_TEXT, "articlesOnPage", "feedAddressOf", "olderUrl", "pageUrl"),
}
