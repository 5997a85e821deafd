import { corpusCommand } from './corpus.command.js';

corpusCommand((text) => process.stdout.write(text)).parse();
