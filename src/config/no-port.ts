/** In the place of an address to listen on: there is no server. */
export const NO_PORT = 'none';
