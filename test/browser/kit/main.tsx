/** Renders the kit in a browser, or takes over what a server has rendered. */

import { createRoot, hydrateRoot } from 'react-dom/client'
import '../../../src/react/styles.css'
import { Kit } from './kit.tsx'

const root = document.getElementById('root')
const page = <Kit search={location.search} />
if (root?.firstElementChild) hydrateRoot(root, page)
else if (root) createRoot(root).render(page)
