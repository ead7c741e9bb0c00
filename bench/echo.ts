import { WebSocketServer } from 'ws'

// The transport's limit: a bare `ws` server that parses each JSON message and sends it back.
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket) => {
  socket.on('message', (data) => socket.send(JSON.stringify(JSON.parse(String(data)))))
})
server.on('listening', () => {
  const { port } = server.address() as { port: number }
  process.stdout.write(`listening ws://127.0.0.1:${port}\n`)
})
process.on('SIGTERM', () => process.exit(0))
