// The shop's schema and resolvers, which both servers have. What a resolver needs comes in its context: { cart, language, stock }.
import { DatabaseSync } from "node:sqlite";
import { GraphQLError } from "graphql";

export const typeDefs = `
  type Query {
    products: [Product!]!
    product(sku: ID!): Product
    cart: Cart!
    delivery(zip: String!): String
  }
  type Mutation {
    signIn(user: String!): Cart!
    addToCart(sku: ID!): Cart!
  }
  type Product { sku: ID! name: String! price: Float! stock: Int }
  type Cart { user: String items: [ID!]! total: Float! }
`;

const PRODUCTS = [
  { sku: "pot", names: { en: "Teapot", de: "Teekanne" }, price: 12.5 },
  { sku: "cup", names: { en: "Cup", de: "Tasse" }, price: 4 },
  { sku: "tea", names: { en: "Green tea", de: "Grüner Tee" }, price: 8.25 },
];

function productOf(sku) {
  const found = PRODUCTS.find((product) => product.sku === sku);
  if (found === undefined) throw new GraphQLError(`no product ${sku}`, { extensions: { code: "NOT_FOUND" } });
  return found;
}

/** Carts in an SQLite file, which both servers open. */
export function openCarts(file) {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
  database.exec(
    "CREATE TABLE IF NOT EXISTS carts (id TEXT PRIMARY KEY, user TEXT, items TEXT NOT NULL DEFAULT '')",
  );
  const read = database.prepare("SELECT user, items FROM carts WHERE id = ?");
  const add = database.prepare(
    "INSERT INTO carts (id, items) VALUES (?, ?) ON CONFLICT DO UPDATE SET items = ltrim(items || ' ' || excluded.items)",
  );
  const sign = database.prepare(
    "INSERT INTO carts (id, user) VALUES (?, ?) ON CONFLICT DO UPDATE SET user = excluded.user",
  );
  return {
    of(id) {
      const { user = null, items = "" } = read.get(id) ?? {};
      return { user, items: items.split(" ").filter((sku) => sku !== "") };
    },
    add: (id, sku) => add.run(id, sku),
    signIn: (id, user) => sign.run(id, user),
  };
}

export function resolversOver(carts) {
  return {
    Query: {
      products: () => PRODUCTS,
      product: (_, { sku }) => productOf(sku),
      cart: (_, _arguments, { cart }) => carts.of(cart),
      delivery: (_, { zip }) => {
        if (!/^\d{5}$/.test(zip)) throw new Error(`${zip} is no ZIP code`);
        return "tomorrow";
      },
    },
    Mutation: {
      signIn: (_, { user }, { cart }) => {
        carts.signIn(cart, user);
        return carts.of(cart);
      },
      addToCart: (_, { sku }, { cart }) => {
        carts.add(cart, productOf(sku).sku);
        return carts.of(cart);
      },
    },
    Product: {
      name: ({ names }, _, { language }) => names[language] ?? names.en,
      stock: ({ sku }, _, { stock }) => stock.of(sku),
    },
    Cart: { total: ({ items }) => items.reduce((sum, sku) => sum + productOf(sku).price, 0) },
  };
}

export const stock = { of: (sku) => sku.charCodeAt(0) % 7 };

/** The cart's id in a Cookie field. */
export const cartOf = (cookie) => /(?:^|; )cart=([^;]+)/.exec(cookie ?? "")?.[1] ?? "nobody";
