// What /static/vendor/socket.io.esm.min.js exports: the bundle of the package whose own types these are.
export { default, Manager, Socket, connect, io, protocol } from "socket.io-client";
export type { ManagerOptions, SocketOptions } from "socket.io-client";
