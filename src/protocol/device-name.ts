/** A device name: 4 to 32 of letters, digits and `_ - @ . :`. [RegisterDevice: DeviceName] */
const DEVICE_NAME = /^[A-Za-z0-9_\-@.:]{4,32}$/;

/** A product key as the platform gives it: letters and digits. The length is not documented; 1 to 64 here. */
const PRODUCT_KEY = /^[A-Za-z0-9]{1,64}$/;

/** A device secret: printable ASCII without blanks, commas or quotes; the platform's are 32 hex digits. */
const DEVICE_SECRET = /^[\x21\x23-\x2b\x2d-\x7e]{1,128}$/;

/** Whether `text` can be a device's name. */
export const isDeviceName = (text: string): boolean => DEVICE_NAME.test(text);

/** Whether `text` can be a product's key. */
export const isProductKey = (text: string): boolean => PRODUCT_KEY.test(text);

/** Whether `text` can be a device's secret. */
export const isDeviceSecret = (text: string): boolean => DEVICE_SECRET.test(text);
