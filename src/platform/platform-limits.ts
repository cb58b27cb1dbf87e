/** What the local platform allows. The platform's own figures come from [Limits] as published around 2021; today's may differ. */
export type PlatformLimits = {
  /** How long a connection may take to its complete CONNECT, ms. */
  readonly connectTimeoutMs: number;
  /** How long a connection that was told to go may linger before it is cut, ms. */
  readonly lingerMs: number;
  /** How often silent connections are looked for, ms. */
  readonly sweepMs: number;
  /** The longest packet before login, bytes. */
  readonly maxPreAuthBytes: number;
  /** The longest packet after login, bytes; a longer one ends the connection before it is buffered. */
  readonly maxPacketBytes: number;
  /** An MQTT 5 client that takes no packet of this length is refused, bytes. */
  readonly minClientPacketBytes: number;
  /** A device with more than this waiting to be sent to it is cut off, bytes. */
  readonly slowReaderBytes: number;
  /** A shorter keep-alive is refused, s. */
  readonly minKeepAliveSeconds: number;
  /** A longer keep-alive is treated as this one, s. */
  readonly maxKeepAliveSeconds: number;
  readonly subscriptionsPerDevice: number;
  readonly filtersPerSubscribe: number;
  /** QoS 1 messages sent to a device and not acknowledged; more wait. */
  readonly unackedPerDevice: number;
  /** QoS 1 messages that wait for a device, and what they and the unacknowledged ones may weigh, bytes. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** What the messages of all sessions may weigh together, bytes. */
  readonly allQueuedBytes: number;
  /** The longest that a message waits, ms. */
  readonly messageKeepMs: number;
  /** The longest that a session outlives its connection, ms; a longer session expiry interval is cut to it. */
  readonly sessionKeepMs: number;
  /** QoS 1 messages that a device may send unacknowledged, told to MQTT 5 clients. */
  readonly upstreamUnacked: number;
  /** Messages of a device in one second, by QoS; more are dropped. */
  readonly upstreamQos0PerSecond: number;
  readonly upstreamQos1PerSecond: number;
  readonly topicBytes: number;
  readonly topicSlashes: number;
  /** The longest body a device may publish, and the longest of a `Pub` call, bytes. */
  readonly messageBytes: number;
  /** The longest body of a broadcast, bytes. */
  readonly broadcastBytes: number;
  /** Broadcasts accepted and not yet written out; more are answered with ServiceUnavailable. */
  readonly pendingBroadcasts: number;
  /** How long one stretch of delivering may hold the event loop, ms. */
  readonly deliverySliceMs: number;
  /** The longest body of an API call, bytes. */
  readonly maxBodyBytes: number;
  readonly maxParameters: number;
  /** How old or early an API call's Timestamp may be, and how long its nonce is remembered, ms. */
  readonly nonceWindowMs: number;
  /** Nonces remembered at once; beyond it the oldest is forgotten early. */
  readonly maxNonces: number;
  /** How long an API call's headers, and the whole call, may take to arrive, ms. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long an API connection may stay open without a call, ms. */
  readonly idleConnectionMs: number;
  readonly namesPerBatch: number;
  /** Devices of one `BatchQueryDeviceDetail`, and of one `BatchPub`. */
  readonly detailsPerBatch: number;
  readonly receiversPerBatch: number;
  /** Devices of one batch registration. */
  readonly devicesPerRegistration: number;
  /** Batch registrations remembered at once; beyond it the oldest that is at rest is forgotten. */
  readonly registrations: number;
  /** Rows of a page of devices, and of a page of products. */
  readonly devicesPerPage: number;
  readonly productsPerPage: number;
  /** Rows of `QueryDevice` that can be had without a NextToken, and with. */
  readonly rowsWithoutToken: number;
  readonly rowsWithToken: number;
  /** Calls of `RRpc` that wait for a device at once; more are answered with ServiceUnavailable. */
  readonly pendingRrpc: number;
  readonly devicesPerProduct: number;
  readonly products: number;
};

/** The limits in force where a test does not set its own. "Own choice" marks what no document states. */
export const DEFAULT_LIMITS: PlatformLimits = {
  connectTimeoutMs: 10_000, // own choice
  lingerMs: 5_000, // own choice
  sweepMs: 1_000, // own choice
  maxPreAuthBytes: 4_096, // own choice: client id, user name and password of real devices are a few hundred bytes
  maxPacketBytes: 512 * 1024, // own choice: the longest message with its header, and room to drop what is over
  minClientPacketBytes: 128, // own choice: the shortest that holds a CONNACK
  slowReaderBytes: 1024 * 1024, // own choice
  minKeepAliveSeconds: 30, // [MQTT protocol: keep-alive 30 to 1200 s]
  maxKeepAliveSeconds: 1200, // [MQTT protocol: keep-alive 30 to 1200 s]; clamping follows the C Link SDK's header
  subscriptionsPerDevice: 100, // [Limits: subscriptions of a device]
  filtersPerSubscribe: 8, // [Limits: topics of one SUBSCRIBE]
  unackedPerDevice: 50, // [Limits: unacknowledged QoS 1 messages]
  queuedMessages: 1_000, // own choice: how many are kept is not documented
  queuedBytes: 16 * 1024 * 1024, // own choice: all that may be unacknowledged at the longest, and some
  allQueuedBytes: 256 * 1024 * 1024, // own choice
  messageKeepMs: 7 * 24 * 3_600_000, // [MQTT protocol: QoS 1 messages are kept 7 days]
  sessionKeepMs: 7 * 24 * 3_600_000, // inferred from the messages' 7 days
  upstreamUnacked: 100, // [Limits: unacknowledged upstream messages]
  upstreamQos0PerSecond: 30, // [Limits: upstream messages of a device]
  upstreamQos1PerSecond: 10, // [Limits: upstream messages of a device]
  topicBytes: 128, // [Limits: topic length]
  topicSlashes: 7, // [Limits: topic levels]
  messageBytes: 256 * 1024, // [Limits: MQTT message size]
  broadcastBytes: 64 * 1024, // [PubBroadcast: MessageContent]
  pendingBroadcasts: 1_000, // own choice: bounds memory when calls come faster than they can be delivered
  deliverySliceMs: 4, // own choice
  maxBodyBytes: 4 * 1024 * 1024, // own choice: 10,000 names with nicknames as a form are about 2 MB
  maxParameters: 30_000, // own choice: above any documented batch
  nonceWindowMs: 15 * 60_000, // [common errors: InvalidTimeStamp.Expired, SignatureNonceUsed]
  maxNonces: 200_000, // own choice
  headersTimeoutMs: 10_000, // own choice
  requestTimeoutMs: 30_000, // own choice
  idleConnectionMs: 65_000, // own choice: longer than clients keep an idle connection, so they close first
  namesPerBatch: 50, // [BatchGetDeviceState: DeviceName.N]
  detailsPerBatch: 100, // [BatchQueryDeviceDetail: DeviceName.N]
  receiversPerBatch: 100, // [BatchPub: DeviceName.N]
  devicesPerRegistration: 10_000, // [BatchRegisterDevice: Count]; an older page of BatchCheckDeviceNames says 1,000
  registrations: 50, // own choice: bounds memory to 500,000 names
  devicesPerPage: 50, // [QueryDevice: PageSize]
  productsPerPage: 200, // [QueryProductList: PageSize], recalled
  rowsWithoutToken: 10_000, // [QueryDevice: NextToken]
  rowsWithToken: 1_000_000, // [QueryDevice: NextToken]
  pendingRrpc: 10_000, // own choice: more than the published calls a second times the longest wait
  devicesPerProduct: 3_000_000, // [Limits: devices of a product, cn-shanghai]
  products: 1_000, // [Limits: products of an instance]
};
