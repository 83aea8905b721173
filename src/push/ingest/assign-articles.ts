/**
 * Assigns the events of a message to articles. An unknown guid may be another guid of a stored article, and an alias may
 * need an article of its own. The write batch checks that the state is still the one that was read. This file reads no
 * database.
 */
import { type ArticleEvent, articleId, type GuidRelation, MAX_ALIASES } from "../../articles/model/article.ts"
import { areSamePart } from "../../articles/model/duplicate-key-of.ts"
import type { ArticleAtAddress, ArticleOfGuid, GuidState, StoredVersion } from "../../articles/read/guid-states.ts"
import { classify, type PublisherTaxonomy } from "../../articles/taxonomy/classify.ts"
import { foldName } from "../../text/fold-name.ts"
import type { Publisher } from "../auth/publishers.ts"
import { classifyVersion } from "./classify-version.ts"
import { addWarning, type DeliveryEntry } from "./delivery-entry.ts"
import type { IdentifiedMessage } from "./identify-items.ts"

/** The newest event of a guid. Before assignArticles() its id is made from the guid. */
export interface GuidEvent {
  event: ArticleEvent
  address: string | undefined
  state: GuidState
  entry: DeliveryEntry
}

/** @returns the events of the guids, in the same order, and then events for other guids of their articles */
export async function assignArticles(
  guidEvents: GuidEvent[],
  message: IdentifiedMessage,
  publisher: Publisher,
  taxonomy: PublisherTaxonomy,
): Promise<ArticleEvent[]> {
  const guidEventsOf = new Map<string, GuidEvent[]>()
  for (const guidEvent of guidEvents) {
    const { article } = guidEvent.state
    if (!article) assignUnknown(guidEvent, message)
    else guidEventsOf.set(article.id, [...(guidEventsOf.get(article.id) ?? []), guidEvent])
  }
  const more: ArticleEvent[] = []
  for (const ofArticle of guidEventsOf.values())
    more.push(...(await assignKnown(ofArticle, message, publisher, taxonomy)))
  return [...guidEvents.map(({ event }) => event), ...more]
}

function assignUnknown(guidEvent: GuidEvent, message: IdentifiedMessage): void {
  const { event, address, state, entry } = guidEvent
  const [candidate, second] = state.candidates
  if (event.kind !== "publish" || address === undefined || second) return
  if (!candidate) {
    guidEvent.event = { ...event, relation: { address, onlyArticle: null } }
    return
  }
  const order = isSameArticle(event.version, candidate, message) ? orderOf(candidate, message.timestamp) : undefined
  if (!order) return
  const { id, guid, commitNo } = candidate
  const newAliases = order === "newer" ? [event.guid, guid] : [event.guid]
  guidEvent.event = { ...event, id, relation: { order, commitNo, newAliases, address, onlyArticle: id } }
  addWarning(entry, isKnownBy(guid))
}

/**
 * Assigns the events of the guids of one article. If another guid than the current one is sent later or in the same
 * message, each guid has its own article from now on.
 * @returns an event for the current guid, if it gets an article and the message does not have it
 */
async function assignKnown(
  guidEvents: GuidEvent[],
  message: IdentifiedMessage,
  publisher: Publisher,
  taxonomy: PublisherTaxonomy,
): Promise<ArticleEvent[]> {
  const article = guidEvents[0]?.state.article
  if (!article) return []
  if (article.isTakenDown) {
    for (const guidEvent of guidEvents) assignTakenDown(guidEvent, article)
    return []
  }
  const current = guidEvents.find(({ event }) => event.guid === article.guid)
  const others = guidEvents.filter((guidEvent) => guidEvent !== current)
  if (message.timestamp < article.guidSince && !message.guids.has(article.guid)) {
    for (const other of others) assignReplaced(other, article)
    return []
  }
  // The guid from which the article's id is made keeps the article.
  const currentId = await articleId(publisher.uid, article.guid)
  const keeper =
    currentId === article.id ? undefined : (others.find(({ event }) => event.id === article.id) ?? others[0])
  for (const other of others) {
    if (other === keeper) continue
    other.event = { ...other.event, relation: { endedAliasOf: article.id } }
    addWarning(other.entry, hasOwnArticle(article.guid))
  }
  if (!keeper?.state.version) {
    if (current) current.event = { ...current.event, id: article.id }
    return []
  }
  // If the article's id is made from its current guid, this guid needs no alias.
  const endedAliasOf = keeper.event.id === article.id ? article.id : undefined
  const relation: GuidRelation = { order: "newer", commitNo: article.commitNo, endedAliasOf }
  keeper.event = { ...keeper.event, id: article.id, relation }
  addWarning(keeper.entry, keeps(article.guid))
  const event =
    current && current.event.kind !== "repeated"
      ? { ...current.event, relation: { endedAliasOf: article.id } }
      : storedEvent(article, keeper.state.version, currentId, publisher, taxonomy)
  if (!current) return [event]
  current.event = event
  addWarning(current.entry, hasOwnArticle(keeper.event.guid))
  return []
}

/** A message from before the first message of the current guid changes nothing. */
function assignReplaced(guidEvent: GuidEvent, { id, guid, commitNo }: ArticleOfGuid): void {
  guidEvent.event = { ...guidEvent.event, id, relation: { order: "older", commitNo } }
  addWarning(guidEvent.entry, isKnownBy(guid))
}

/** An article that was taken down keeps all its guids, and gets each further guid with its address. */
function assignTakenDown(guidEvent: GuidEvent, { id, guid, commitNo }: ArticleOfGuid): void {
  const { event, state } = guidEvent
  const newAliases = state.article?.hasGuid === false ? [event.guid] : []
  const relation: GuidRelation | undefined =
    event.guid === guid ? undefined : { order: "older", commitNo, ...(newAliases.length > 0 && { newAliases }) }
  guidEvent.event = { ...event, id, isTakenDown: true, ...(relation && { relation }) }
}

/** Makes an event from the stored version of an article: its current guid gets an article of its own. */
function storedEvent(
  article: ArticleOfGuid,
  stored: StoredVersion,
  id: string,
  publisher: Publisher,
  taxonomy: PublisherTaxonomy,
): ArticleEvent {
  const { guid, rawHash, contentHash } = article
  const { source, lastHashes, versionAt, messageAt, sizeInBytes, details } = stored
  const relation = { endedAliasOf: article.id }
  const hashes = { rawHash, contentHash, lastHashes: lastHashes ?? undefined }
  const commonMembers = { id, guid, ...hashes, source, versionAt, messageAt, relation }
  if (stored.state === "deleted") return { kind: "delete", ...commonMembers }
  const classification = classify(details.statedCategories, taxonomy)
  const statedVersion = { ...stored.version, guid, html: "", details }
  const { version, scopes } = classifyVersion(statedVersion, classification, publisher, taxonomy)
  return {
    kind: "publish",
    ...commonMembers,
    version,
    scopes,
    body: { articleId: article.id, sizeInBytes },
    isBackfill: false,
  }
}

/** Whether an article at the address of an unknown guid is the article of this guid. */
function isSameArticle(
  { title, publishedAt, url }: { title?: string; publishedAt?: number; url?: string },
  candidate: ArticleAtAddress,
  { guids }: IdentifiedMessage,
): boolean {
  if (candidate.aliases.length >= MAX_ALIASES) return false
  // Two guids of one message are two articles.
  if ([candidate.guid, ...candidate.aliases].some((guid) => guids.has(guid))) return false
  if (url !== undefined && candidate.url !== null && !areSamePart(url, candidate.url)) return false
  const name = foldName(title ?? "")
  return (
    (name !== "" && name === foldName(candidate.title ?? "")) ||
    (publishedAt !== undefined && publishedAt === candidate.datedAt)
  )
}

/** The order of two guids by their messages; undefined if their messages alternate. */
function orderOf(candidate: ArticleAtAddress, messageAt: number): "newer" | "older" | undefined {
  if (messageAt < candidate.guidSince) return "older"
  return messageAt >= candidate.messageAt && candidate.isRepeatedLater === 0 ? "newer" : undefined
}

const isKnownBy = (guid: string): string => `this article is known by the guid ${JSON.stringify(guid)} too`
const keeps = (guid: string): string =>
  `the guid ${JSON.stringify(guid)} was another guid of this article, and has an article of its own from now on`
const hasOwnArticle = (guid: string): string =>
  `this guid and ${JSON.stringify(guid)} were guids of one article, and are two articles from now on`
