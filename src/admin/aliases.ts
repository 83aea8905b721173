/** Manages aliases (other names for sections). An alias with the publisher uid '' is for all publishers. */
import { and, eq, type SQL, sql } from "drizzle-orm"
import { Hono } from "hono"
import { normalizeName } from "../articles/model/scope.ts"
import { rowFrom } from "../db/client.ts"
import { sectionAliases as table } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { singleValue } from "../http/parameter-types.ts"
import { readQuery } from "../http/parameters.ts"
import { Problem } from "../http/problem.ts"
import { readBody } from "./body.ts"
import { findSection, mustFindChangeablePublisher, mustFindPublisher, mustFindSection } from "./find-by-slug.ts"
import { AddAliases } from "./request-schemas.ts"
import { applyChange } from "./taxonomy-change.ts"

export const aliases = new Hono<AppEnv>()
  .post("/sections/:slug/aliases", async (c) => {
    const slug = c.req.param("slug")
    const input = await readBody(c.req.raw, AddAliases)
    const { publisher } = input
    // A removed publisher gets no new aliases.
    const publisherUid = publisher === undefined ? "" : (await mustFindChangeablePublisher(c.var.db, publisher)).uid
    // If an alias is given in several spellings, the last spelling is stored.
    const namesByAlias = new Map(input.names.map((name) => [normalizeName(name), name]))
    const { reclassifications } = await applyChange(c, (before) => {
      const { id } = mustFindSection(before, slug)
      const others = before.aliases.filter((it) => it.publisherUid !== publisherUid || !namesByAlias.has(it.alias))
      return {
        statements: [
          c.var.db
            .insert(table)
            .select(aliasesFrom(publisherUid, sql`${id}`, [...namesByAlias.values()]))
            .onConflictDoUpdate({
              target: [table.publisherUid, table.alias],
              set: { sectionId: sql`excluded.section_id`, name: sql`excluded.name` },
            }),
        ],
        after: {
          ...before,
          aliases: [...others, ...[...namesByAlias.keys()].map((alias) => ({ publisherUid, alias, sectionId: id }))],
        },
        reason: `${describeAliases([...namesByAlias.values()])} added to section ${slug}`,
        changesFeeds: false,
        audit: { action: "alias.add", subject: `sections/${slug}`, detail: input },
      }
    })
    return c.json({ ...(await findSection(c.var.db, slug)), reclassifications })
  })

  .delete("/sections/:slug/aliases/:name", async (c) => {
    const { slug, name } = c.req.param()
    const { publisher } = readQuery(c, { publisher: singleValue })
    const publisherUid = publisher === undefined ? "" : (await mustFindPublisher(c.var.db, publisher)).uid
    const alias = normalizeName(name)
    const { reclassifications } = await applyChange(c, (before) => {
      const { id } = mustFindSection(before, slug)
      const others = before.aliases.filter(
        (it) => it.publisherUid !== publisherUid || it.alias !== alias || it.sectionId !== id,
      )
      if (others.length === before.aliases.length) {
        const whose = publisher === undefined ? "" : ` of ${publisher}`
        throw new Problem("not_found", `The section ${slug} has no alias ${JSON.stringify(name)}${whose}.`)
      }
      return {
        statements: [c.var.db.delete(table).where(and(eq(table.publisherUid, publisherUid), eq(table.alias, alias)))],
        after: { ...before, aliases: others },
        reason: `${describeAliases([name])} removed from section ${slug}`,
        changesFeeds: false,
        audit: { action: "alias.remove", subject: `sections/${slug}`, detail: { name, publisher } },
      }
    })
    return c.json({ ...(await findSection(c.var.db, slug)), reclassifications })
  })

/** Returns the query of an insert. `where true` keeps SQLite from reading `on conflict` as part of the join. */
export function aliasesFrom(publisherUid: string, sectionId: SQL, names: string[]): SQL {
  const rows = JSON.stringify(names.map((name) => ({ alias: normalizeName(name), name })))
  return rowFrom(
    table,
    { publisherUid, alias: sql`value ->> 'alias'`, sectionId, name: sql`value ->> 'name'` },
    sql`from json_each(${rows}) where true`,
  )
}

/** How many names the reason of a change lists. */
const MAX_NAMES_IN_REASON = 3

function describeAliases(names: string[]): string {
  const more = names.length > MAX_NAMES_IN_REASON ? ` and ${names.length - MAX_NAMES_IN_REASON} more` : ""
  return `${names.length === 1 ? "alias" : "aliases"} ${names.slice(0, MAX_NAMES_IN_REASON).join(", ")}${more}`
}
