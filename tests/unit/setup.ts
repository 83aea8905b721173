/** Several files run in one process, so each file begins with the real clock and with fresh modules. */
import { vi } from "vitest"
import "../host/digest.ts"

vi.useRealTimers()
vi.resetModules()
