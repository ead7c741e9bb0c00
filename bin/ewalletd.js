#!/usr/bin/env node
import { main } from '../dist/ewalletd.js'

process.exitCode = await main(process.env, process)
