#!/usr/bin/env node
// The process: hides its arguments, then hands over to a command or to the server, and turns what went wrong into an exit code.

// Options may hold secrets, and every user of the machine can read a command line (`ps`, /proc/PID/cmdline). From here on it
// shows the title alone. What is not covered: the moment until this line runs, the parents of the process (a shell's history, npm,
// a supervisor's log), and systems other than Linux and macOS. So secrets are better given by environment or file.
process.title = 'umbel';

// Only now, because loading the rest takes its time.
const { runMain } = await import('./run-main.ts');
process.exitCode = await runMain(process.argv.slice(2));
