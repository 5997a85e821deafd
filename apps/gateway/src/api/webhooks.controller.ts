import { Body, Delete, Get, Param, Post, Put, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiExtraModels, ApiOkResponse } from '@nestjs/swagger';
import { type NewWebhook, type Webhook, Webhooks } from '#libs/webhooks';
import type { OperatorRequest } from '../http/operator.guard.js';
import {
  NewWebhookDto,
  WebhookDetailsDto,
  WebhookDto,
  WebhookEventDto,
  WebhookRequestDto,
  WebhooksDto,
} from './dto/webhook.dto.js';
import { apiErrors } from './errors.js';
import { ApiController, Route, STORE_ERRORS } from './route.decorators.js';
import { IdPipe } from './validation.js';

const NOT_THERE = { 404: 'There is no such webhook.' };
const REFUSED = {
  422: 'The address, the events or the secret are refused (HTTP_URL_REFUSED, WEBHOOK_EVENT_UNKNOWN …).',
};

/** Who is told of events, by signed POST requests. */
@ApiController('webhooks', 'Webhooks')
@ApiExtraModels(WebhookEventDto)
export class WebhooksController {
  constructor(private readonly webhooks: Webhooks) {}

  @Get()
  @Route({ needs: 'admin', summary: 'Every webhook', errors: STORE_ERRORS })
  @ApiOkResponse({ type: WebhooksDto })
  async list(): Promise<WebhooksDto> {
    return { items: await this.webhooks.list() };
  }

  @Post()
  @Route({
    needs: 'admin',
    summary: 'Adds a webhook; its secret is shown this once',
    description:
      'Events are sent as WebhookEventDto, signed after Standard Webhooks, in order within a call, at least once: the same `webhook-id` is the same event.',
    errors: { ...REFUSED, ...STORE_ERRORS },
  })
  @ApiCreatedResponse({ type: NewWebhookDto })
  create(@Body() webhook: WebhookRequestDto, @Req() { operator }: OperatorRequest): Promise<NewWebhook> {
    return this.webhooks.create(webhook, operator?.name ?? 'operator');
  }

  @Get(':id')
  @Route({
    needs: 'admin',
    summary: 'One webhook, and what waits for it',
    errors: { ...NOT_THERE, ...STORE_ERRORS },
  })
  @ApiOkResponse({ type: WebhookDetailsDto })
  async one(@Param('id', IdPipe) id: string): Promise<WebhookDetailsDto> {
    const found = await this.webhooks.find(id);
    if (found === null) throw apiErrors.unknown('webhook');
    return found;
  }

  @Put(':id')
  @Route({
    needs: 'admin',
    summary: 'Puts another in its place; one that was paused or switched off begins again',
    errors: { ...NOT_THERE, ...REFUSED, ...STORE_ERRORS },
  })
  @ApiOkResponse({ type: WebhookDto })
  async replace(@Param('id', IdPipe) id: string, @Body() webhook: WebhookRequestDto): Promise<Webhook> {
    const replaced = await this.webhooks.replace(id, webhook);
    if (replaced === null) throw apiErrors.unknown('webhook');
    return replaced;
  }

  @Delete(':id')
  @Route({
    needs: 'admin',
    summary: 'Removes a webhook and what waits for it',
    status: 204,
    errors: { ...NOT_THERE, ...STORE_ERRORS },
  })
  async remove(@Param('id', IdPipe) id: string): Promise<void> {
    if (!(await this.webhooks.remove(id))) throw apiErrors.unknown('webhook');
  }
}
