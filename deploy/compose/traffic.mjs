// Fifty users reading orders through the front door, some twenty times a second.
const USERS = 50;
for (let turn = 0; ; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  const headers = { "x-user-id": `user-${turn % USERS}` };
  await fetch(`http://127.0.0.1:8080/api/orders/${1 + (turn % 300)}`, { headers }).then(
    (answer) => answer.arrayBuffer(),
    () => {},
  );
}
