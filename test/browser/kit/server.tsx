/** Renders the kit where there is no browser. */

import { renderToString } from 'react-dom/server'
import { Kit } from './kit.tsx'

export const render = (search: string): string => renderToString(<Kit search={search} />)
