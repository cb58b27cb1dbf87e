import { randomBytes } from "node:crypto";
import { addProduct } from "../device-table.js";
import { type Action, done } from "./action.js";
import { productFacts } from "./product-facts.js";
import { refused } from "./refusals.js";

/** Adds a product with a random key of eleven characters, as the platform's are. NodeType is ignored. [CreateProduct] */
export const createProduct: Action = {
  required: ["ProductName", "NodeType"],
  answersSecret: true,
  run: (parameters, { broker: { devices, limits, unixMs } }) => {
    const productName = parameters["ProductName"] ?? "";
    if (productName.length < 4 || productName.length > 30) return refused("iot.prod.InvalidFormattedProductName");
    if (devices.products.size >= limits.products) return refused("iot.prod.ProductCountExceeded");
    const productKey = `a1${randomBytes(6).toString("hex").slice(0, 9)}`;
    const product = addProduct(devices, productKey, productName, unixMs());
    return done({ ProductKey: productKey, Data: productFacts(product) });
  },
};
