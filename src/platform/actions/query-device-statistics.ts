import { type Action, done } from "./action.js";
import { refused } from "./refusals.js";

/** How many devices a product has, or all products where none is named. The fields are in lower camel case. [QueryDeviceStatistics] */
export const queryDeviceStatistics: Action = {
  required: [],
  run: (parameters, { broker: { devices } }) => {
    const productKey = parameters["ProductKey"];
    const product = productKey ? devices.products.get(productKey) : undefined;
    if (productKey && !product) return refused("iot.prod.NotExistedProduct");
    let deviceCount = 0;
    let onlineCount = 0;
    let activeCount = 0;
    for (const counted of product ? [product] : devices.products.values()) {
      deviceCount += counted.devices.size;
      for (const device of counted.devices.values()) {
        if (device.online) onlineCount += 1;
        if (device.activatedAt !== 0) activeCount += 1;
      }
    }
    return done({ Data: { deviceCount, onlineCount, activeCount } });
  },
};
