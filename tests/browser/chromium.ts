/** Starts Chromium of the system. The project downloads no browser. */
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const PATH = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium"

/** The reason why no browser can run, or undefined. Continuous integration must have it: `CHROMIUM=required`. */
export function missingChromium(): string | undefined {
  if (existsSync(PATH)) return undefined
  const reason = `Pages are not tested in a browser: there is no ${PATH}; on Debian: apt-get install chromium, or set CHROMIUM_PATH`
  if (process.env.CHROMIUM === "required") throw new Error(reason)
  return reason
}

/** Other hosts, such as those of pictures, do not exist, so the browser need not wait for them. */
const ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"

/** The sandbox of Chromium needs rights that containers and root lack. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: PATH, args: ["--no-sandbox", "--disable-dev-shm-usage", ONLY_THIS_MACHINE] })
