/** Creates, changes and lists publishers. */
import { eq, isNull } from "drizzle-orm"
import { markAllClustersPending } from "../articles/jobs/resolve-duplicates.ts"
import { publisherScope } from "../articles/model/scope.ts"
import { publisherByUid } from "../articles/taxonomy/directory-lookup.ts"
import { publishers as table, wire } from "../db/schema.ts"
import type { Rights } from "../formats/rights.ts"
import { Problem } from "../http/problem.ts"
import { changeOf } from "./audit.ts"
import { mustBeCallable } from "./callable-addresses.ts"
import { changedMembers } from "./changed-members.ts"
import type { OperationContext } from "./context.ts"
import { findPublisher, mustFindChangeablePublisher, mustFindPublisher, sectionId } from "./find-by-slug.ts"
import type { Input } from "./input.ts"
import type { ChangePublisher, CreatePublisher } from "./input-schemas.ts"
import { conflictHandler, nameConflict } from "./name-conflict.ts"
import { changedRights } from "./rights-schema.ts"
import { applyChange, type CurrentTaxonomy } from "./taxonomy-change.ts"

export async function createPublisher(context: OperationContext, input: Input<typeof CreatePublisher>) {
  const { db, now, settings } = context
  mustBeCallable(addressesOf(input), settings)
  const existing = await findPublisher(db, input.slug)
  if (existing?.state === "removed") {
    const detail = `The publisher ${input.slug} was removed, and its slug and ids are never used again: choose another slug.`
    throw new Problem("conflict", detail, [{ pointer: "/slug", detail: "is taken" }])
  }
  if (existing) throw nameConflict("publisher", input.slug)
  const uid = newUid()
  await applyChange(context, (before) => {
    const defaultSectionId = sectionId(before, input.default_section ?? null)
    return {
      statements: [
        db.insert(table).values({
          uid,
          slug: input.slug,
          name: input.name,
          homePageUrl: input.home_page_url,
          description: input.description,
          icon: input.icon,
          language: input.language,
          timeZone: input.time_zone,
          dateOrder: input.date_order,
          defaultSectionId,
          redistribution: input.redistribution ?? "full",
          canonical: input.canonical ?? "origin",
          opening: input.opening ?? "added",
          rights: changedRights({}, input.rights),
          origins: input.origins ?? [new URL(input.home_page_url).origin],
          state: "active",
          silenceHours: input.silence_hours,
          createdAt: now,
        }),
        // With the first publisher, the wire stores the host name of all ids, which never changes later.
        db
          .update(wire)
          .set({ authority: new URL(settings.feedsUrl).hostname, authorityYear: new Date(now).getUTCFullYear() })
          .where(isNull(wire.authority)),
      ],
      // The new publisher has no articles yet.
      after: before,
      reason: `publisher ${input.slug} created`,
      changesFeeds: true,
      audit: {
        action: "publisher.create",
        subject: `publishers/${input.slug}`,
        detail: { ...input, slug: undefined },
      },
    }
  }).catch(conflictHandler("publisher", input.slug))
  return findPublisher(db, input.slug)
}

export async function changePublisher(context: OperationContext, slug: string, change: PublisherChange) {
  const { db } = context
  mustBeCallable(addressesOf(change), context.settings)
  const { uid, ...current } = await mustFindChangeablePublisher(db, slug)
  const input = changedMembers(change, current, ["rights"])
  const { default_section: section, home_page_url: homePageUrl, silence_hours: silenceHours, ...others } = input
  const { time_zone: timeZone, date_order: dateOrder, rights: rightsChange, ...rest } = others
  const { reclassifications } = await applyChange(context, (before) => {
    const defaultSectionId = section === undefined ? undefined : sectionId(before, section)
    const rights = changedRights(publisherByUid(before.directory, uid)?.rights ?? {}, rightsChange)
    const members = changedInArticles(before, uid, input, rights)
    const values = {
      ...rest,
      ...(homePageUrl !== undefined && { homePageUrl }),
      ...(timeZone !== undefined && { timeZone }),
      ...(dateOrder !== undefined && { dateOrder }),
      ...(members.includes("rights") && { rights }),
      ...(silenceHours !== undefined && { silenceHours }),
      ...(defaultSectionId !== undefined && { defaultSectionId }),
    }
    return {
      // Drizzle rejects an update without values.
      statements:
        Object.keys(values).length > 0
          ? [
              db.update(table).set(values).where(eq(table.slug, slug)),
              // Origins and redistribution decide which article of a duplicate cluster is canonical.
              ...(input.origins === undefined && input.redistribution === undefined ? [] : [markAllClustersPending]),
            ]
          : [],
      // Each article shows these members, so mirrors must get all articles of the publisher again.
      touch: members.length > 0 ? [publisherScope(uid)] : [],
      after:
        defaultSectionId === undefined
          ? before
          : { ...before, defaults: new Map(before.defaults).set(uid, defaultSectionId) },
      reason: `${[...(defaultSectionId === undefined ? [] : ["default section"]), ...members].join(", ")} of ${slug} changed`,
      changesFeeds: true,
      audit: { action: "publisher.change", subject: `publishers/${slug}`, ...changeOf(current, input) },
    }
  })
  return { ...(await mustFindPublisher(db, slug)), reclassifications }
}

type PublisherChange = Input<typeof ChangePublisher>

/** Returns the changed members that articles show, or that decide which parts of an article may be shown. */
function changedInArticles(
  { directory }: CurrentTaxonomy,
  uid: string,
  input: PublisherChange,
  rights: Rights,
): string[] {
  const current = publisherByUid(directory, uid)
  const { name, home_page_url: homePageUrl, redistribution } = input
  const candidates = [
    ["name", name, current?.name],
    ["home page", homePageUrl, current?.homePageUrl],
    ["redistribution", redistribution, current?.redistribution],
    ["rights", JSON.stringify(rights), JSON.stringify(current?.rights ?? {})],
  ]
  return candidates.flatMap(([word = "", value, oldValue]) => (value === undefined || value === oldValue ? [] : [word]))
}

/** Makes 64 random bits in hex. A uid never changes, because the ids of articles contain a hash of it. */
function newUid(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

const addressesOf = ({ home_page_url, origins = [] }: PublisherChange) => [
  ...(home_page_url === undefined ? [] : [{ pointer: "/home_page_url", value: home_page_url }]),
  ...origins.map((value, i) => ({ pointer: `/origins/${i}`, value })),
]
