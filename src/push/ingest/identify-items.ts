/** Adds to the items of a message the id and the address by which their stored articles are read. */
import { addressHash, articleId } from "../../articles/model/article.ts"
import { articleAddress } from "../../articles/model/duplicate-key-of.ts"
import type { ParsedItem } from "../../dialects/item-schema.ts"
import type { Message } from "../../dialects/message.ts"
import type { Publisher } from "../auth/publishers.ts"

export interface IdentifiedItem extends ParsedItem {
  /** The id that is made from the guid; undefined if the item is invalid. */
  id: string | undefined
  /** The address that may identify the article under another guid. */
  address: string | undefined
  /** The hash by which an article that was taken down is found at this address. */
  addressHash: string | undefined
}

/** A message, or a part of it with at most 100 items. The guids are those of the whole message. */
export interface IdentifiedMessage extends Omit<Message, "items"> {
  items: IdentifiedItem[]
  guids: ReadonlySet<string>
}

export async function identifyItems(message: Message, publisher: Publisher): Promise<IdentifiedMessage> {
  const guidsAt = guidsByAddress(message)
  const items = await Promise.all(
    message.items.map(async (item) => {
      const address = addressOf(item)
      return {
        ...item,
        id: item.item ? await articleId(publisher.uid, item.item.id) : undefined,
        // An address that several articles of one message have identifies none of them.
        address: address !== undefined && guidsAt.get(address)?.size === 1 ? address : undefined,
        addressHash: address === undefined ? undefined : await addressHash(publisher.uid, address),
      }
    }),
  )
  return {
    ...message,
    items,
    guids: new Set(items.flatMap(({ item, guid }) => item?.id ?? guid ?? [])),
  }
}

const addressOf = ({ item, deleted }: ParsedItem): string | undefined =>
  deleted ? undefined : articleAddress(item?.url, item?.external_url)

function guidsByAddress({ items }: Message): Map<string, Set<string>> {
  const guidsAt = new Map<string, Set<string>>()
  for (const item of items) {
    const address = addressOf(item)
    if (address === undefined || !item.item) continue
    const guids = guidsAt.get(address)
    if (guids) guids.add(item.item.id)
    else guidsAt.set(address, new Set([item.item.id]))
  }
  return guidsAt
}
