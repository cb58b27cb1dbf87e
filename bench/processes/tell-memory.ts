// Loaded into a program before its own code: says on standard error, at the program's end, how much memory it had at most.
process.on("exit", () => {
  process.stderr.write(`peak memory ${process.resourceUsage().maxRSS} KiB\n`);
});
