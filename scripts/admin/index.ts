/** Lists all commands of `npm run admin`, in the order of its help. */
import { aliasCommands } from "./alias.ts"
import { articleCommands } from "./article.ts"
import { attemptCommands } from "./attempt.ts"
import { auditCommands } from "./audit.ts"
import type { Command } from "./command.ts"
import { deadLetterCommands } from "./dead-letter.ts"
import { keyCommands } from "./key.ts"
import { nameCommands } from "./name.ts"
import { operatorCommands } from "./operator.ts"
import { partnerCommands } from "./partner.ts"
import { partnerKeyCommands } from "./partner-key.ts"
import { publisherCommands } from "./publisher.ts"
import { reclassificationCommands } from "./reclassification.ts"
import { removalCommands } from "./removal.ts"
import { sectionCommands } from "./section.ts"
import { sourceCommands } from "./source.ts"
import { statusCommands } from "./status.ts"
import { wireCommands } from "./wire.ts"

export const commands: Command[] = [
  ...publisherCommands,
  ...removalCommands,
  ...keyCommands,
  ...sourceCommands,
  ...articleCommands,
  ...attemptCommands,
  ...deadLetterCommands,
  ...sectionCommands,
  ...aliasCommands,
  ...nameCommands,
  ...reclassificationCommands,
  ...partnerCommands,
  ...partnerKeyCommands,
  ...statusCommands,
  ...wireCommands,
  ...operatorCommands,
  ...auditCommands,
]
