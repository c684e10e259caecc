import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Stops the server and removes its folder when this process is gone.
 *
 * Standard input is a pipe that only this process holds open, so `read` ends however it dies, `kill -9` included;
 * no signal handler of the host is touched. The pid is believed only if that process was started with our folder
 * as an argument: pids are used again, and root could kill a stranger. SIGQUIT is PostgreSQL's immediate
 * shutdown (manual, "Shutting Down the Server"). Removal is repeated because initdb may still be writing.
 */
const SCRIPT = `
root=$1
while read -r _; do :; done
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -d "$root" ] || exit 0
  pid=$(head -n 1 "$root/data/postmaster.pid" 2>/dev/null)
  if [ -n "$pid" ]; then
    if [ -r "/proc/$pid/cmdline" ]; then line=$(tr '\\0' ' ' <"/proc/$pid/cmdline"); else line=$(ps -o args= -p "$pid"); fi
    case $line in *"$root"*) kill -QUIT "$pid" 2>/dev/null ;; esac
  fi
  sleep 0.1
  rm -rf "$root" 2>/dev/null
done
`

/**
 * Starts the process that cleans up after this one.
 *
 * In a session of its own, so that Ctrl-C in a terminal does not reach it; and it does not keep this process alive.
 *
 * @param root - The folder whose server is to be stopped and which is to be removed.
 * @internal
 */
export function startClusterWatchdog(root: string): ChildProcess {
  const child = spawn('sh', ['-c', SCRIPT, 'async-database-watchdog', root], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Without sh the server still runs and stop() still removes it; only the net for crashes is missing.
  child.on('error', () => undefined)
  const input = child.stdin as Socket | null
  input?.on('error', () => undefined)
  input?.unref()
  child.unref()
  return child
}
