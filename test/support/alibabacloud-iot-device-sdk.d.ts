/** What the tests use of the vendor's device SDK, which has no types of its own. */
declare module "alibabacloud-iot-device-sdk" {
  type VendorDevice = {
    on(event: "connect" | "close" | "offline", heard: () => void): void;
    on(event: "error", heard: (error: Error) => void): void;
    on(event: "message", heard: (topic: string, payload: Buffer) => void): void;
    subscribe(topic: string, options: { qos: 0 | 1 }, done: (error: Error | null) => void): void;
    publish(topic: string, payload: string, options: { qos: 0 | 1 }, done: (error?: Error) => void): void;
    postProps(properties: Record<string, unknown>, answered: (reply: { code: number; id: string }) => void): void;
    end(force: boolean, options: Record<string, never>, done: () => void): void;
  };
  const sdk: { readonly sdkver: string; device(config: Record<string, unknown>): VendorDevice };
  export = sdk;
}
