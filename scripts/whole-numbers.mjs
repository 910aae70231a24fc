/** Options of a script as whole numbers, by name; ends it with 2 where one is none, or below `least`. */
export function wholeNumbers(script, texts, least = 1) {
  const numbers = Object.entries(texts).map(([name, text]) => [name, Number(text)]);
  for (const [name, number] of numbers) {
    if (Number.isInteger(number) && number >= least) continue;
    process.stderr.write(`${script}: --${name} is a whole number, at least ${least}\n`);
    process.exit(2);
  }
  return Object.fromEntries(numbers);
}
