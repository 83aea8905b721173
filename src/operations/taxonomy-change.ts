/** Changes the taxonomy (sections, aliases, defaults) only if no other request has changed it since it was read. */
import { runAfterCommit } from "../after-commit/purge.ts"
import {
  beginReclassification,
  isTaxonomyConflict,
  readReclassificationsOf,
  reclassify,
} from "../articles/jobs/reclassify.ts"
import { scopesToReclassify, type Taxonomy } from "../articles/taxonomy/classify.ts"
import { commitWire, type Directory } from "../articles/taxonomy/directory.ts"
import { parseTaxonomy, selectTaxonomy } from "../articles/taxonomy/read-taxonomy.ts"
import { batch, type Statement } from "../db/client.ts"
import { Problem } from "../http/problem.ts"
import { logError } from "../log/log.ts"
import { type AuditAction, insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { reclassificationJson } from "./reclassifications.ts"

/** Sections, aliases and defaults of all publishers at one moment. */
export type CurrentTaxonomy = Taxonomy & { directory: Directory }

export interface TaxonomyChange {
  statements: Statement[]
  /** The taxonomy after the statements have run. */
  after: Taxonomy
  /** Scopes (lists of articles) whose articles look different, although no article enters or leaves. */
  touch?: string[]
  /** The change as a text, for the list of reclassifications. */
  reason: string
  changesFeeds: boolean
  audit: AuditAction
}

/** How often a change is planned. It is planned again if another request changes the taxonomy first. */
const MAX_PLANS = 10
/** How many batches of a reclassification the request runs: enough for a small wire. */
const BATCHES_PER_REQUEST = 5

/**
 * Applies a change and starts the necessary reclassifications. The sweep, which runs every minute, continues them.
 * @param plan is called again after a conflict, and throws a Problem if the request is wrong
 */
export async function applyChange(
  context: OperationContext,
  plan: (before: CurrentTaxonomy) => TaxonomyChange | Promise<TaxonomyChange>,
): Promise<{ reclassifications?: ReturnType<typeof reclassificationJson>[] }> {
  const { db, ctx, now } = context
  for (let attempt = 1; attempt <= MAX_PLANS; attempt++) {
    const before = parseTaxonomy(await batch(db, selectTaxonomy(db)))
    const { statements, after, touch = [], reason, changesFeeds, audit: auditAction } = await plan(before)
    if (statements.length === 0) return {}
    const { taxonomyVersion } = before.directory
    const scopes = { classify: scopesToReclassify(before, after), touch }
    const batchStatements = [
      ...beginReclassification(taxonomyVersion, scopes, reason, now),
      insertAudit(context, auditAction),
      ...statements,
    ]
    try {
      await (changesFeeds ? commitWire(db, batchStatements, now) : batch(db, batchStatements))
    } catch (error) {
      if (isTaxonomyConflict(error)) continue
      throw error
    }
    if (changesFeeds) await runAfterCommit(ctx, db, undefined, now)
    if (scopes.classify.length + scopes.touch.length === 0) return {}
    await reclassifyFirstBatches(context)
    const reclassifications = await readReclassificationsOf(db, taxonomyVersion + 1)
    return reclassifications.length === 0 ? {} : { reclassifications: reclassifications.map(reclassificationJson) }
  }
  throw new Problem("storage_unavailable", "Another request is changing sections. Send this one again.", [], {
    "retry-after": "5",
  })
}

/** Runs the first batches. After a failure, the change stays and the sweep continues, so the failure is only logged. */
async function reclassifyFirstBatches({ db, ctx, now, requestId }: OperationContext): Promise<void> {
  try {
    for (let batch = 0; batch < BATCHES_PER_REQUEST && (await reclassify(db, now)); batch++) {
      await runAfterCommit(ctx, db, undefined, now)
    }
  } catch (error) {
    logError("reclassification_interrupted", error, { id: requestId })
  }
}
