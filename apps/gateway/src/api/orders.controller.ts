import { createHash } from 'node:crypto';
import { Body, Delete, Get, Headers, Param, Post, Req } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse } from '@nestjs/swagger';
import type { DialRequest, DialStatus, Operator } from '#libs/contracts';
import type { OperatorRequest } from '../http/operator.guard.js';
import { Around } from './around.js';
import { OrderDto, OrderStatusDto } from './dto/order.dto.js';
import { apiErrors } from './errors.js';
import { ApiController, Route, STORE_ERRORS } from './route.decorators.js';
import { IdPipe } from './validation.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const NO_DIALLER = { 501: 'This gateway places no calls (API_NO_DIALLER).' };

/** Calls to be placed. */
@ApiController('', 'Outbound calls')
export class OrdersController {
  constructor(private readonly around: Around) {}

  @Post('calls')
  @Route({
    needs: 'operator',
    summary: 'Orders a call; it is placed when its turn comes',
    status: 202,
    errors: {
      409: 'No platform here can dial this (DIAL_NO_PLATFORM).',
      422: 'The number or another part of the order is refused (DIAL_BAD_NUMBER …).',
      503: 'The queue is full, or the database is away (DIAL_QUEUE_FULL, STORE_AWAY).',
      ...NO_DIALLER,
    },
    description:
      'Prefixes that are not allowed and a spent budget are answered with 403 (DIAL_PREFIX_REFUSED, DIAL_SPEND_REACHED).',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      '1 to 255 printable characters without blanks. The same one of the same API key, or operator, within a day is the same order.',
  })
  @ApiResponse({ status: 202, type: OrderStatusDto })
  order(
    @Body() order: OrderDto,
    @Headers('idempotency-key') key: string | undefined,
    @Req() { operator }: OperatorRequest,
  ): Promise<DialStatus> {
    const by = operator?.name ?? 'operator';
    if (key !== undefined && !IDEMPOTENCY_KEY.test(key))
      throw apiErrors.invalid(['Idempotency-Key: must be 1 to 255 printable characters without blanks.']);
    const { dialDesk } = this.around;
    const request = withoutNulls(order);
    return dialDesk.order(
      key === undefined ? request : { ...request, idempotencyKey: keyOf(operator, key) },
      by,
    );
  }

  @Get('orders/:orderId')
  @Route({
    needs: 'viewer',
    summary: 'How far an order is',
    errors: { 404: 'There is no such order.', ...STORE_ERRORS, ...NO_DIALLER },
  })
  @ApiOkResponse({ type: OrderStatusDto })
  async one(@Param('orderId', IdPipe) orderId: string): Promise<DialStatus> {
    const found = await this.around.dialDesk.find(orderId);
    if (found === null) throw apiErrors.unknown('order');
    return found;
  }

  @Delete('orders/:orderId')
  @Route({
    needs: 'operator',
    summary: 'Gives up a call that was not answered yet',
    status: 204,
    errors: {
      404: 'There is no such order.',
      409: 'It is too late (DIAL_TOO_LATE).',
      ...STORE_ERRORS,
      ...NO_DIALLER,
    },
  })
  async cancel(
    @Param('orderId', IdPipe) orderId: string,
    @Req() { operator }: OperatorRequest,
  ): Promise<void> {
    const { dialDesk } = this.around;
    if (await dialDesk.cancel(orderId, operator?.name ?? 'operator')) return;
    throw (await dialDesk.find(orderId)) === null ? apiErrors.unknown('order') : apiErrors.tooLate();
  }
}

/** Null stands for a field that is left out, as many programs write it. */
function withoutNulls(order: OrderDto): DialRequest {
  const given = Object.entries(order).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given) as unknown as OrderDto;
}

/** Of one length whatever was sent, and nobody else's: API keys may have the same name. */
function keyOf(operator: Operator | undefined, key: string): string {
  const whose = operator?.keyId === undefined ? ['operator', operator?.name] : ['key', operator.keyId];
  return createHash('sha256')
    .update(JSON.stringify([...whose, key]))
    .digest('hex');
}
