/** Heads of the two columns of a table that holds legacy's answers beside modern's. */
export function SideHeads() {
  return (
    <>
      <th scope="col">
        <span class="swatch swatch-legacy" aria-hidden="true" /> legacy
      </th>
      <th scope="col">
        <span class="swatch swatch-modern" aria-hidden="true" /> modern
      </th>
    </>
  );
}
