/** Chooses the article with which a block begins. Pure. */

/**
 * Puts the first article in front that leads no block yet, because an article may be in several sections, and two blocks
 * with the same picture look like a mistake. The others keep their order.
 * @param leads has the ids of the articles that lead a block; the chosen one is added
 * @param mayLead whether an article may lead, for example because it has a picture
 */
export function withOwnLead<Item extends { id: string }>(
  items: readonly Item[],
  leads: Set<string>,
  mayLead: (item: Item) => boolean = () => true,
): Item[] {
  const lead = items.find((item) => mayLead(item) && !leads.has(item.id)) ?? items.find(mayLead) ?? items[0]
  if (lead === undefined) return []
  leads.add(lead.id)
  return [lead, ...items.filter((item) => item !== lead)]
}
