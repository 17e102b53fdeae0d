import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, speak } from './i18n'
import { receivers } from './live/receivers'
import { router } from './router'
import { useConnection } from './stores/connection'
import { useSession } from './stores/session'
import './styles/elements'
import './styles/main.css'

async function start(): Promise<void> {
  const app = createApp(App).use(createPinia()).use(i18n)
  const session = useSession()
  await session.load()
  speak(session.language)
  useConnection().start(receivers())
  app.use(router).mount('#app')
}

void start()
