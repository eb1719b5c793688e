// Preloaded by bootstrap.mjs into what it starts: when bootstrap is gone without a word (SIGKILL), asks this process to stop.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
