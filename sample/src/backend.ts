import 'reflect-metadata';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

/** The backend, ready to listen. Fails where a plain `NestFactory.create` would end the process. */
export async function createBackend(logger?: LoggerService): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule, {
    // The signature of a webhook is over its bytes as they came.
    rawBody: true,
    abortOnError: false,
    ...(logger && { logger }),
  });
  // So that a stop waits for rotations under way and their writes.
  app.enableShutdownHooks();
  return app;
}
