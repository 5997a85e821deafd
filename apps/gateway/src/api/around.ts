import { Injectable, type InjectionToken } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DIAL_DESK, type DialDesk } from '#libs/contracts';
import { AllRecordings } from '../services/all-recordings.js';
import { apiErrors } from './errors.js';

/** What is there only where it is configured. */
@Injectable()
export class Around {
  constructor(
    private readonly modules: ModuleRef,
    private readonly all: AllRecordings,
  ) {}

  /** Throws API_NO_RECORDER. */
  get recordings(): AllRecordings {
    const { recordingsIfAny } = this;
    if (recordingsIfAny === null) throw apiErrors.noRecorder();
    return recordingsIfAny;
  }

  get recordingsIfAny(): AllRecordings | null {
    return this.all.areMade ? this.all : null;
  }

  get dialDeskIfAny(): DialDesk | null {
    return this.find<DialDesk>(DIAL_DESK);
  }

  /** Throws API_NO_DIALLER. */
  get dialDesk(): DialDesk {
    const found = this.find<DialDesk>(DIAL_DESK);
    if (found === null) throw apiErrors.noDialler();
    return found;
  }

  private find<T>(token: InjectionToken): T | null {
    try {
      return this.modules.get<T>(token, { strict: false });
    } catch {
      return null;
    }
  }
}
