import { expect, inject, test, vi } from 'vitest'
import { scryptSync, timingSafeEqual } from 'node:crypto'
test('x', () => { console.log(inject('redisUrl' as never), navigator.userAgent, typeof timingSafeEqual); const t=Date.now(); scryptSync('a','bbbbbbbb',32,{N:16384,r:8,p:5,maxmem:64*1024*1024}); console.log(Date.now()-t);
 vi.useFakeTimers({toFake:['Date']}); vi.setSystemTime(12345); expect(Date.now()).toBe(12345); vi.useRealTimers() })
