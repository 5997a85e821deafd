import { Body, Delete, Get, Param, Put, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse } from '@nestjs/swagger';
import { Agents, coverAddresses, type DocumentView } from '#libs/agents';
import { mayAct } from '#libs/contracts';
import type { OperatorRequest } from '../http/operator.guard.js';
import { AgentsDto, AgentViewDto, RoutesViewDto, VersionsDto } from './dto/agent.dto.js';
import { AGENT_SCHEMA, ROUTES_SCHEMA } from './dto/agent.schema.js';
import { VersionQueryDto } from './dto/query.dto.js';
import { apiErrors } from './errors.js';
import { ApiController, Route, STORE_ERRORS } from './route.decorators.js';
import { IdPipe } from './validation.js';

const NOT_THERE = { 404: 'There is no such agent.', ...STORE_ERRORS };
const CHANGES = {
  409: 'Somebody else changed it at the same moment (AGENT_TOO_MANY_CHANGES).',
  422: 'It is not valid; `problems` names every mistake (AGENT_INVALID, AGENT_ROUTES_INVALID).',
  ...STORE_ERRORS,
};

const COVERED =
  'Whoever is no admin sees of an address only where it leads, and nothing of the arguments of programs: "hidden" stands for the rest.';

/** Agents and which of them answers. */
@ApiController('', 'Agents')
export class AgentsController {
  constructor(private readonly agents: Agents) {}

  @Get('agents')
  @Route({
    needs: 'viewer',
    summary: 'Every agent that may answer, in the version that is in use',
    description: COVERED,
  })
  @ApiOkResponse({ type: AgentsDto })
  list(@Req() request: OperatorRequest): AgentsDto {
    return { items: this.agents.list().map((one) => shownTo(request, one)) };
  }

  @Get('agents/:name')
  @Route({
    needs: 'viewer',
    summary: 'One agent, as it is in use or as it was',
    description: COVERED,
    errors: NOT_THERE,
  })
  @ApiOkResponse({ type: AgentViewDto })
  async one(
    @Param('name', IdPipe) name: string,
    @Query() { version }: VersionQueryDto,
    @Req() request: OperatorRequest,
  ): Promise<DocumentView> {
    const found = await this.agents.find(name, version);
    if (found === null) throw apiErrors.unknown(version === undefined ? 'agent' : 'version of this agent');
    return shownTo(request, found);
  }

  @Get('agents/:name/versions')
  @Route({ needs: 'viewer', summary: 'Every version of an agent, newest first', errors: NOT_THERE })
  @ApiOkResponse({ type: VersionsDto })
  async versions(@Param('name', IdPipe) name: string): Promise<VersionsDto> {
    const items = await this.agents.versions(name);
    if (items.length === 0 && (await this.agents.find(name)) === null) throw apiErrors.unknown('agent');
    return { items };
  }

  @Put('agents/:name')
  @Route({
    needs: 'admin',
    summary: 'Stores an agent, as a new version; calls that begin from now on have it',
    description: 'Secrets that are sent as "hidden" stay what they were, as long as their `url` does.',
    errors: CHANGES,
  })
  @ApiBody({ schema: AGENT_SCHEMA })
  @ApiOkResponse({ type: AgentViewDto })
  put(
    @Param('name', IdPipe) name: string,
    @Body() document: unknown,
    @Req() request: OperatorRequest,
  ): Promise<DocumentView> {
    if (typeof document !== 'object' || document === null || Array.isArray(document))
      throw apiErrors.invalid(['The body must be the document of an agent.']);
    const named = (document as { name?: unknown }).name ?? name;
    if (named !== name) throw apiErrors.invalid(['name: must be the one in the path, or be left out.']);
    return this.agents.put({ ...document, name }, nameOf(request));
  }

  @Delete('agents/:name')
  @Route({
    needs: 'admin',
    summary: 'Removes what the API stored; a file of the same name answers again',
    status: 204,
    errors: { 404: 'The API has stored no such agent.', ...STORE_ERRORS },
  })
  async remove(@Param('name', IdPipe) name: string, @Req() request: OperatorRequest): Promise<void> {
    if (!(await this.agents.remove(name, nameOf(request)))) throw apiErrors.unknown('agent in the store');
  }

  @Get('routes')
  @Route({ needs: 'viewer', summary: 'Which calls each agent answers', errors: { 404: 'There are none.' } })
  @ApiOkResponse({ type: RoutesViewDto })
  routes(): DocumentView {
    const found = this.agents.currentRoutes();
    if (found === null) throw apiErrors.unknown('list of routes');
    return found;
  }

  @Put('routes')
  @Route({ needs: 'admin', summary: 'Stores the whole list of routes', errors: CHANGES })
  @ApiBody({ schema: ROUTES_SCHEMA })
  @ApiOkResponse({ type: RoutesViewDto })
  putRoutes(@Body() list: unknown, @Req() request: OperatorRequest): Promise<DocumentView> {
    return this.agents.putRoutes(list, nameOf(request));
  }

  @Delete('routes')
  @Route({
    needs: 'admin',
    summary: 'Removes the list that the API stored; the one of the files holds again',
    status: 204,
    errors: { 404: 'The API has stored none.', ...STORE_ERRORS },
  })
  async removeRoutes(@Req() request: OperatorRequest): Promise<void> {
    if (!(await this.agents.removeRoutes(nameOf(request))))
      throw apiErrors.unknown('list of routes in the store');
  }
}

/** Who may change an agent must see what it holds; keys stand in addresses and arguments too. */
function shownTo({ operator }: OperatorRequest, view: DocumentView): DocumentView {
  const isAdmin = operator !== undefined && mayAct(operator.role, 'admin');
  return isAdmin ? view : { ...view, document: coverAddresses(view.document) };
}

function nameOf({ operator }: OperatorRequest): string {
  return operator?.name ?? 'operator';
}
