/** Shows and changes the settings of the wire that are in the database. */
import * as v from "valibot"
import { runAfterCommit } from "../after-commit/purge.ts"
import { markAllClustersPending, resolveDuplicates } from "../articles/jobs/resolve-duplicates.ts"
import {
  type AppearancePatch,
  changeAppearance,
  type Directory,
  readDirectory,
} from "../articles/taxonomy/directory.ts"
import { sectionById, sectionBySlug } from "../articles/taxonomy/directory-lookup.ts"
import { pendingDuplicates, wire } from "../db/schema.ts"
import { didYouMean } from "../text/near-matches.ts"
import { APPEARANCE_MEMBERS } from "./appearance-schema.ts"
import { changeOf } from "./audit.ts"
import { changedMembers } from "./changed-members.ts"
import type { OperationContext } from "./context.ts"
import { type Input, invalidRequest } from "./input.ts"
import { rightsOutputsChange } from "./rights-outputs.ts"
import { allOutputs, ChangeRightsOutputs } from "./rights-schema.ts"
import { applyChange } from "./taxonomy-change.ts"

const DUPLICATE_POLICY = v.picklist(["suppress", "show"], "must be suppress or show")

export const ChangeWire = v.strictObject({
  duplicate_policy: v.optional(DUPLICATE_POLICY),
  rights_outputs: v.optional(ChangeRightsOutputs),
  ...APPEARANCE_MEMBERS,
})

export async function changeWire(context: OperationContext, input: Input<typeof ChangeWire>) {
  const { db, ctx, now } = context
  const current = await readWireSettings(context)
  const change = changedMembers(input, current, ["rights_outputs", "colors", "footer"])
  const { duplicate_policy: duplicatePolicy, rights_outputs: outputs = {}, ...appearance } = change
  await applyChange(context, (before) => {
    const patch = patchOf(appearance, before.directory)
    const rights = rightsOutputsChange(db, before.directory, outputs)
    const shown = [...(Object.keys(appearance).length > 0 ? [changeAppearance(patch)] : []), ...rights.statements]
    const policy =
      duplicatePolicy === undefined ? [] : [db.update(wire).set({ duplicatePolicy }), markAllClustersPending]
    return {
      statements: [...policy, ...shown],
      after: before,
      touch: rights.touch,
      reason: "outputs of rights changed",
      changesFeeds: shown.length > 0,
      audit: { action: "wire.change", subject: "wire", ...changeOf(current, change) },
    }
  })
  if (duplicatePolicy !== undefined) {
    await resolveDuplicates(db, now)
    await runAfterCommit(ctx, db, undefined, now)
  }
  return readWireSettings(context)
}

type AppearanceChange = Omit<Input<typeof ChangeWire>, "duplicate_policy" | "rights_outputs">

/** @throws Problem invalid_request for an unknown section */
function patchOf({ blocks, footer, ...others }: AppearanceChange, directory: Directory): AppearancePatch {
  const { publishing_principles: publishingPrinciples, ...otherParts } = footer ?? {}
  return {
    ...others,
    blocks: blocks && sectionIds(blocks, directory),
    footer: footer && { ...otherParts, publishingPrinciples },
  }
}

function sectionIds(slugs: string[], directory: Directory): number[] {
  const known = directory.sections.map(({ slug }) => slug)
  const errors = slugs.flatMap((slug, at) =>
    sectionBySlug(directory, slug)
      ? []
      : [{ pointer: `/blocks/${at}`, detail: `there is no section ${slug}.${didYouMean(slug, known)}` }],
  )
  if (errors.length > 0) throw invalidRequest(errors)
  return slugs.flatMap((slug) => sectionBySlug(directory, slug)?.id ?? [])
}

/** Reads the settings and the number of duplicates that the sweep must still resolve. A default is null. */
export async function readWireSettings({ db }: OperationContext) {
  const [[settings], directory] = await Promise.all([
    db.select({ duplicate_policy: wire.duplicatePolicy, pending_duplicates: db.$count(pendingDuplicates) }).from(wire),
    readDirectory(db),
  ])
  const { name, logo, colors, blocks, footer } = directory.appearance
  return {
    ...settings,
    rights_outputs: allOutputs(directory.rightsOutputs),
    name: name ?? null,
    logo: logo ?? null,
    colors: { accent: colors?.accent ?? null, link: colors?.link ?? null },
    // A section may have a new slug, or a successor.
    blocks: blocks ? directory.blocks.flatMap((id) => sectionById(directory, id)?.slug ?? []) : null,
    footer: {
      text: footer?.text ?? null,
      imprint: footer?.imprint ?? null,
      publishing_principles: footer?.publishingPrinciples ?? null,
      links: footer?.links ?? [],
    },
  }
}
