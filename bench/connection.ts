/**
 * Keeps one persistent HTTP/1.1 connection, with one request at a time. It understands only the HTTP that the bench's
 * Workers send.
 */
import { connect, type Socket } from "node:net"

export interface Answer {
  status: number
  /** The number of bytes of the body. */
  bytes: number
}

const HEAD_END = Buffer.from("\r\n\r\n")
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n")

const connected = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket))
    socket.once("error", reject)
  })

export class Connection {
  readonly #port: number
  #socket: Socket
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined
  #head: Buffer = Buffer.alloc(0)
  #status = 0
  #bytes = 0
  /** How many bytes are still missing: -1 while the head is read, undefined for a chunked body. */
  #missing: number | undefined = -1
  #tail: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket, port: number) {
    this.#port = port
    this.#socket = this.#listenTo(socket)
  }

  #listenTo(socket: Socket): Socket {
    socket.setNoDelay(true)
    socket.on("data", (chunk: Buffer) => this.#read(chunk))
    socket.on("error", (error) => this.#waiting?.reject(error))
    socket.on("close", () => this.#waiting?.reject(new Error("the Worker closed the connection")))
    return socket
  }

  static async open(port: number): Promise<Connection> {
    return new Connection(await connected(port), port)
  }

  /** Sends a request, over a new connection if the server closed this one, as it does after some seconds without requests. */
  async send(request: Buffer): Promise<Answer> {
    if (this.#socket.destroyed) this.#socket = this.#listenTo(await connected(this.#port))
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.removeAllListeners("close")
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    if (this.#missing === -1) this.#readHead(chunk)
    else this.#readBody(chunk)
  }

  #readHead(chunk: Buffer): void {
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    const end = this.#head.indexOf(HEAD_END)
    if (end === -1) return
    const head = this.#head.toString("latin1", 0, end)
    const rest = this.#head.subarray(end + HEAD_END.length)
    this.#head = Buffer.alloc(0)
    this.#status = Number(head.slice(9, 12))
    this.#bytes = 0
    this.#tail = Buffer.alloc(0)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    const chunked = /\r\ntransfer-encoding: *chunked/i.test(head)
    this.#missing = chunked ? undefined : Number(this.#status === 304 ? 0 : (length ?? 0))
    this.#readBody(rest)
  }

  #readBody(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#missing === undefined) {
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-LAST_CHUNK.length)
      if (!this.#tail.equals(LAST_CHUNK)) return
    } else {
      this.#missing -= chunk.length
      if (this.#missing > 0) return
    }
    this.#missing = -1
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status: this.#status, bytes: this.#bytes })
  }
}
