import { GatewayError } from '#libs/contracts';
import { toolAddressRefused, toolFailed, toolTimeout, toolTooLarge, toolUnreachable } from './errors.js';

const BY_HTTP_CODE: Readonly<Record<string, (cause: unknown) => GatewayError>> = {
  HTTP_URL_REFUSED: toolAddressRefused,
  HTTP_ADDRESS_REFUSED: toolAddressRefused,
  HTTP_REDIRECT_REFUSED: toolAddressRefused,
  HTTP_TIMEOUT: toolTimeout,
  HTTP_ABORTED: toolTimeout,
  HTTP_TOO_LARGE: toolTooLarge,
  HTTP_UNREACHABLE: toolUnreachable,
};

/** What has gone wrong in words for the model; the operator's words stay as the cause. */
export function asToolError(name: string, thrown: unknown): GatewayError {
  if (!(thrown instanceof GatewayError)) return toolFailed(name, thrown);
  return BY_HTTP_CODE[thrown.code]?.(thrown) ?? thrown;
}
