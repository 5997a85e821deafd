import { Body, Delete, Get, Param, Post, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { ApiKeys, type NewApiKey } from '#libs/store';
import type { OperatorRequest } from '../http/operator.guard.js';
import { CreateKeyDto, KeysDto, NewKeyDto } from './dto/key.dto.js';
import { apiErrors } from './errors.js';
import { ApiController, Route, STORE_ERRORS } from './route.decorators.js';
import { IdPipe } from './validation.js';

/** Keys with which programs use this interface. */
@ApiController('keys', 'API keys')
export class KeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Get()
  @Route({
    needs: 'admin',
    summary: 'Every key, newest first, also those that were revoked',
    errors: STORE_ERRORS,
  })
  @ApiOkResponse({ type: KeysDto })
  async list(): Promise<KeysDto> {
    return { items: await this.keys.list() };
  }

  @Post()
  @Route({
    needs: 'admin',
    summary: 'Makes a key; its secret is shown this once',
    errors: { 409: 'There are too many (STORE_TOO_MANY_KEYS).', ...STORE_ERRORS },
  })
  @ApiCreatedResponse({ type: NewKeyDto })
  create(@Body() { name, role }: CreateKeyDto, @Req() { operator }: OperatorRequest): Promise<NewApiKey> {
    return this.keys.create(name, role, operator?.name ?? 'operator');
  }

  @Delete(':id')
  @Route({
    needs: 'admin',
    summary: 'Revokes a key, at once here and within seconds in other gateways',
    status: 204,
    errors: { 404: 'There is no such key, or it was revoked before.', ...STORE_ERRORS },
  })
  async revoke(@Param('id', IdPipe) id: string): Promise<void> {
    if (!(await this.keys.revoke(id))) throw apiErrors.unknown('key');
  }
}
