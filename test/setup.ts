export default function (project: { provide: (k: string, v: unknown) => void }) { project.provide('redisUrl', 'http://x') }
