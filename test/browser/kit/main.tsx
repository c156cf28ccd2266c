/** Renders the kit in a browser, or takes over what a server has rendered; with `?page=` one of the small pages. */

import { createRoot, hydrateRoot } from 'react-dom/client'
import '../../../src/react/styles.css'
import { Kit } from './kit.tsx'
import { Dialog, Exchange, Listed, Redrawn, Shadow } from './pages.tsx'
import { Alone, Lent, Props } from './props.tsx'

const small = new Map([
  ['shadow', Shadow],
  ['dialog', Dialog],
  ['exchange', Exchange],
  ['listed', Listed],
  ['redrawn', Redrawn],
  ['props', Props],
  ['lent', Lent],
  ['alone', Alone],
])

const root = document.getElementById('root')
const query = new URLSearchParams(location.search)
const name = query.get('page') ?? ''
const Small = small.get(name)
if (root && Small)
  createRoot(name === 'shadow' ? root.attachShadow({ mode: 'open' }) : root).render(
    <Small query={query} />,
  )
else if (root?.firstElementChild) hydrateRoot(root, <Kit search={location.search} />)
else if (root) createRoot(root).render(<Kit search={location.search} />)
