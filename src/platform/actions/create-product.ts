import { randomBytes } from "node:crypto";
import { addProduct } from "../device-table.js";
import { type Action, done } from "./action.js";
import { productFacts } from "./product-facts.js";
import { refused } from "./refusals.js";

/** Adds a product with a random key of eleven characters, as the platform's are. [CreateProduct] */
export const createProduct: Action = {
  required: ["ProductName", "NodeType"],
  answersSecret: true,
  run: (parameters, { broker: { devices, limits, unixMs } }) => {
    const productName = parameters["ProductName"] ?? "";
    if (productName.length < 4 || productName.length > 30) return refused("iot.prod.InvalidFormattedProductName");
    const nodeType = parameters["NodeType"];
    if (nodeType !== "0" && nodeType !== "1") {
      return refused("iot.common.InvalidFormattedParameter", "NodeType must be 0 or 1.");
    }
    if (devices.products.size >= limits.products) return refused("iot.prod.ProductCountExceeded");
    const productKey = `a1${randomBytes(6).toString("hex").slice(0, 9)}`;
    const product = addProduct(devices, productKey, productName, unixMs(), nodeType === "1" ? 1 : 0);
    return done({ ProductKey: productKey, Data: productFacts(product) });
  },
};
