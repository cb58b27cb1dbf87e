import { type Action, done } from "./action.js";
import { productFacts } from "./product-facts.js";
import { refused } from "./refusals.js";

/** A product's facts; GmtCreate is Unix ms as a number here. [QueryProduct] */
export const queryProduct: Action = {
  required: ["ProductKey"],
  answersSecret: true,
  run: (parameters, { broker: { devices } }) => {
    const product = devices.products.get(parameters["ProductKey"] ?? "");
    if (!product) return refused("iot.prod.NotExistedProduct");
    return done({
      Data: {
        ...productFacts(product),
        ProductStatus: "DEVELOPMENT_STATUS",
        DeviceCount: product.devices.size,
        GmtCreate: product.createdAt,
        NetType: 3,
        Owner: true,
      },
    });
  },
};
